@resource:ServiceRequest
Feature: ServiceRequest
  What was ordered.
  US Core 6.1.0, Server CapabilityStatement and profiles of ServiceRequest; FHIR R4, Search.

  @id:us-core.service-request.capability
  Scenario: What US Core demands of ServiceRequest is claimed
    Given the CapabilityStatement claims ServiceRequest
    Then it claims what the guide demands of ServiceRequest

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: <group> is found by <parameters>
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | group           | parameters                | strength |
      | service-request | _id                       | SHALL    |
      | service-request | patient                   | SHALL    |
      | service-request | patient+category          | SHALL    |
      | service-request | patient+code              | SHALL    |
      | service-request | patient+status            | SHOULD   |
      | service-request | patient+category+authored | SHALL    |
      | service-request | patient+code+authored     | SHOULD   |

  @table:tokens @id:us-core.service-request.token.<parameter>
  Scenario Outline: <parameter> is a code, with its system and without
    Given a ServiceRequest with a code and its system for "<parameter>"
    When the app searches by each form of the token
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | category  | SHALL    |
      | code      | SHALL    |

  @table:alternatives @id:us-core.service-request.alternatives.<parameter>
  Scenario Outline: Several values of <parameter> are alternatives
    Given several values of "<parameter>" in the record's ServiceRequests
    When the app searches for any of them
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | code      | SHOULD   |
      | status    | SHOULD   |

  @table:dates @id:us-core.service-request.comparators.<parameter>
  Scenario Outline: <parameter> is compared: before, after, at
    Given a ServiceRequest with a date for "<parameter>"
    When the app searches before and after that date
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | authored  | SHALL    |

  @table:dates @id:us-core.service-request.date-forms.<parameter>
  Scenario Outline: <parameter> is understood in any zone and precision
    Given a ServiceRequest with a date for "<parameter>"
    When the app searches for that date in other words
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each wording of the same instant finds the same

    Examples:
      | parameter | strength |
      | authored  | SHALL    |

  @id:us-core.service-request.searchset
  Scenario: A search for ServiceRequest answers with a whole searchset
    Given a search for ServiceRequest that finds something
    Then its answer is a searchset in every part

  @id:us-core.service-request.post
  Scenario: A search for ServiceRequest by POST finds the same
    Given a search for ServiceRequest that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.service-request.patient-reference
  Scenario: The patient may be named by a reference in a search for ServiceRequest
    Given a search for ServiceRequest that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.service-request.paging
  Scenario: Pages of ServiceRequest bring the same as one answer
    Given a search for ServiceRequest that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice

  @id:us-core.service-request.claimed-searches
  Scenario: Further searches of ServiceRequest that are claimed work
    Given the CapabilityStatement claims more searches of ServiceRequest
    When the app searches by each of them
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: What points to a <group> comes along <include>
    Given a search that finds a "<group>"
    When the app makes that search with "_revinclude=<include>"
    Then the search succeeds
    And a Provenance that points to such a match comes with them
    And every Provenance that comes with them points to a match

    Examples:
      | group           | name       | include           | strength |
      | service-request | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group           | profile                |
      | service-request | us-core-servicerequest |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group           | profile                |
      | service-request | us-core-servicerequest |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group           | profile                |
      | service-request | us-core-servicerequest |

  @table:references @id:us-core.<group>.references
  Scenario Outline: What <group> refers to is there
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group           | profile                |
      | service-request | us-core-servicerequest |
