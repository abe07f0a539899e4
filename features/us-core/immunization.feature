@resource:Immunization
Feature: Immunization
  Vaccinations, given and not given.
  US Core 6.1.0, Server CapabilityStatement and profiles of Immunization; FHIR R4, Search.

  @id:us-core.immunization.capability
  Scenario: What US Core demands of Immunization is claimed
    Given the CapabilityStatement claims Immunization
    Then it claims what the guide demands of Immunization

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: <group> is found by <parameters>
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | group        | parameters     | strength |
      | immunization | patient        | SHALL    |
      | immunization | patient+date   | SHOULD   |
      | immunization | patient+status | SHOULD   |

  @table:dates @id:us-core.immunization.comparators.<parameter>
  Scenario Outline: <parameter> is compared: before, after, at
    Given an Immunization with a date for "<parameter>"
    When the app searches before and after that date
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | date      | SHOULD   |

  @table:dates @id:us-core.immunization.date-forms.<parameter>
  Scenario Outline: <parameter> is understood in any zone and precision
    Given an Immunization with a date for "<parameter>"
    When the app searches for that date in other words
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each wording of the same instant finds the same

    Examples:
      | parameter | strength |
      | date      | SHOULD   |

  @id:us-core.immunization.searchset
  Scenario: A search for Immunization answers with a whole searchset
    Given a search for Immunization that finds something
    Then its answer is a searchset in every part

  @id:us-core.immunization.post
  Scenario: A search for Immunization by POST finds the same
    Given a search for Immunization that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.immunization.patient-reference
  Scenario: The patient may be named by a reference in a search for Immunization
    Given a search for Immunization that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.immunization.paging
  Scenario: Pages of Immunization bring the same as one answer
    Given a search for Immunization that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice

  @id:us-core.immunization.claimed-searches
  Scenario: Further searches of Immunization that are claimed work
    Given the CapabilityStatement claims more searches of Immunization
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
      | group        | name       | include           | strength |
      | immunization | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group        | profile              |
      | immunization | us-core-immunization |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group        | profile              |
      | immunization | us-core-immunization |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group        | profile              |
      | immunization | us-core-immunization |

  @table:references @id:us-core.<group>.references
  Scenario Outline: What <group> refers to is there
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group        | profile              |
      | immunization | us-core-immunization |
