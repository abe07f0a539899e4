@resource:Condition
Feature: Condition
  Diagnoses of encounters, problems and health concerns.
  US Core 6.1.0, Server CapabilityStatement and profiles of Condition; FHIR R4, Search.

  @id:us-core.condition.capability
  Scenario: What US Core demands of Condition is claimed
    Given the CapabilityStatement claims Condition
    Then it claims what the guide demands of Condition

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: <group> is found by <parameters>
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | group                              | parameters                       | strength |
      | condition-encounter-diagnosis      | patient                          | SHALL    |
      | condition-encounter-diagnosis      | patient+abatement-date           | SHOULD   |
      | condition-encounter-diagnosis      | patient+asserted-date            | SHOULD   |
      | condition-encounter-diagnosis      | patient+category                 | SHALL    |
      | condition-encounter-diagnosis      | patient+clinical-status          | SHOULD   |
      | condition-encounter-diagnosis      | patient+code                     | SHOULD   |
      | condition-encounter-diagnosis      | patient+onset-date               | SHOULD   |
      | condition-encounter-diagnosis      | patient+recorded-date            | SHOULD   |
      | condition-encounter-diagnosis      | patient+category+clinical-status | SHOULD   |
      | condition-encounter-diagnosis      | patient+category+encounter       | SHOULD   |
      | condition-problems-health-concerns | patient                          | SHALL    |
      | condition-problems-health-concerns | patient+abatement-date           | SHOULD   |
      | condition-problems-health-concerns | patient+asserted-date            | SHOULD   |
      | condition-problems-health-concerns | patient+category                 | SHALL    |
      | condition-problems-health-concerns | patient+clinical-status          | SHOULD   |
      | condition-problems-health-concerns | patient+code                     | SHOULD   |
      | condition-problems-health-concerns | patient+onset-date               | SHOULD   |
      | condition-problems-health-concerns | patient+recorded-date            | SHOULD   |
      | condition-problems-health-concerns | patient+category+clinical-status | SHOULD   |
      | condition-problems-health-concerns | patient+category+encounter       | SHOULD   |

  @table:tokens @id:us-core.condition.token.<parameter>
  Scenario Outline: <parameter> is a code, with its system and without
    Given a Condition with a code and its system for "<parameter>"
    When the app searches by each form of the token
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter       | strength |
      | category        | SHALL    |
      | clinical-status | SHOULD   |
      | code            | SHOULD   |

  @table:dates @id:us-core.condition.comparators.<parameter>
  Scenario Outline: <parameter> is compared: before, after, at
    Given a Condition with a date for "<parameter>"
    When the app searches before and after that date
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter      | strength |
      | abatement-date | SHOULD   |
      | asserted-date  | SHOULD   |
      | onset-date     | SHOULD   |
      | recorded-date  | SHOULD   |

  @table:dates @id:us-core.condition.date-forms.<parameter>
  Scenario Outline: <parameter> is understood in any zone and precision
    Given a Condition with a date for "<parameter>"
    When the app searches for that date in other words
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each wording of the same instant finds the same

    Examples:
      | parameter      | strength |
      | abatement-date | SHOULD   |
      | asserted-date  | SHOULD   |
      | onset-date     | SHOULD   |
      | recorded-date  | SHOULD   |

  @id:us-core.condition.searchset
  Scenario: A search for Condition answers with a whole searchset
    Given a search for Condition that finds something
    Then its answer is a searchset in every part

  @id:us-core.condition.post
  Scenario: A search for Condition by POST finds the same
    Given a search for Condition that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.condition.patient-reference
  Scenario: The patient may be named by a reference in a search for Condition
    Given a search for Condition that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.condition.paging
  Scenario: Pages of Condition bring the same as one answer
    Given a search for Condition that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice

  @id:us-core.condition.claimed-searches
  Scenario: Further searches of Condition that are claimed work
    Given the CapabilityStatement claims more searches of Condition
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
      | group                              | name       | include           | strength |
      | condition-encounter-diagnosis      | provenance | Provenance:target | SHALL    |
      | condition-problems-health-concerns | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group                              | profile                                    |
      | condition-encounter-diagnosis      | us-core-condition-encounter-diagnosis      |
      | condition-problems-health-concerns | us-core-condition-problems-health-concerns |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group                              | profile                                    |
      | condition-encounter-diagnosis      | us-core-condition-encounter-diagnosis      |
      | condition-problems-health-concerns | us-core-condition-problems-health-concerns |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group                              | profile                                    |
      | condition-encounter-diagnosis      | us-core-condition-encounter-diagnosis      |
      | condition-problems-health-concerns | us-core-condition-problems-health-concerns |

  @table:references @id:us-core.<group>.references
  Scenario Outline: What <group> refers to is there
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group                              | profile                                    |
      | condition-encounter-diagnosis      | us-core-condition-encounter-diagnosis      |
      | condition-problems-health-concerns | us-core-condition-problems-health-concerns |
