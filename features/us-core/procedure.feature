@resource:Procedure
Feature: Procedure
  What was done.
  US Core 6.1.0, Server CapabilityStatement and profiles of Procedure; FHIR R4, Search.

  @id:us-core.procedure.capability
  Scenario: What US Core demands of Procedure is claimed
    Given the CapabilityStatement claims Procedure
    Then it claims what the guide demands of Procedure

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: <group> is found by <parameters>
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | group     | parameters        | strength |
      | procedure | patient           | SHALL    |
      | procedure | patient+date      | SHALL    |
      | procedure | patient+status    | SHOULD   |
      | procedure | patient+code+date | SHOULD   |

  @table:tokens @id:us-core.procedure.token.<parameter>
  Scenario Outline: <parameter> is a code, with its system and without
    Given a Procedure with a code and its system for "<parameter>"
    When the app searches by each form of the token
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | code      | SHOULD   |

  @table:alternatives @id:us-core.procedure.alternatives.<parameter>
  Scenario Outline: Several values of <parameter> are alternatives
    Given several values of "<parameter>" in the record's Procedures
    When the app searches for any of them
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | code      | SHOULD   |
      | status    | SHOULD   |

  @table:dates @id:us-core.procedure.comparators.<parameter>
  Scenario Outline: <parameter> is compared: before, after, at
    Given a Procedure with a date for "<parameter>"
    When the app searches before and after that date
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @table:dates @id:us-core.procedure.date-forms.<parameter>
  Scenario Outline: <parameter> is understood in any zone and precision
    Given a Procedure with a date for "<parameter>"
    When the app searches for that date in other words
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each wording of the same instant finds the same

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @id:us-core.procedure.searchset
  Scenario: A search for Procedure answers with a whole searchset
    Given a search for Procedure that finds something
    Then its answer is a searchset in every part

  @id:us-core.procedure.post
  Scenario: A search for Procedure by POST finds the same
    Given a search for Procedure that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.procedure.patient-reference
  Scenario: The patient may be named by a reference in a search for Procedure
    Given a search for Procedure that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.procedure.paging
  Scenario: Pages of Procedure bring the same as one answer
    Given a search for Procedure that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice

  @id:us-core.procedure.claimed-searches
  Scenario: Further searches of Procedure that are claimed work
    Given the CapabilityStatement claims more searches of Procedure
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
      | group     | name       | include           | strength |
      | procedure | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group     | profile           |
      | procedure | us-core-procedure |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group     | profile           |
      | procedure | us-core-procedure |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group     | profile           |
      | procedure | us-core-procedure |

  @table:references @id:us-core.<group>.references
  Scenario Outline: What <group> refers to is there
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group     | profile           |
      | procedure | us-core-procedure |
