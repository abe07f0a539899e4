@us-core @resource:Condition
Feature: Condition
  Diagnoses of encounters, problems and health concerns.
  US Core 6.1.0, Server CapabilityStatement and profiles of Condition; FHIR R4, Search.

  @id:us-core.condition.capability
  Scenario: The CapabilityStatement claims what US Core demands of Condition
    Given the CapabilityStatement claims Condition
    Then it claims everything that the guide demands of Condition

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

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
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a Condition with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter       | strength |
      | category        | SHALL    |
      | clinical-status | SHOULD   |
      | code            | SHOULD   |

  @table:dates @id:us-core.condition.comparators.<parameter>
  Scenario Outline: <parameter> is compared by gt, ge, lt and le
    Given a Condition with a date for "<parameter>"
    When the app searches before, at and after that date, and between the days around it
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
  Scenario Outline: <parameter> is understood with Z, +00:00 and another offset, and as a day, month and year
    Given a Condition with a date for "<parameter>"
    When the app searches for that date in other offsets, and for its day, month and year
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each offset of the same instant finds the same

    Examples:
      | parameter      | strength |
      | abatement-date | SHOULD   |
      | asserted-date  | SHOULD   |
      | onset-date     | SHOULD   |
      | recorded-date  | SHOULD   |

  @id:us-core.condition.searchset
  Scenario: Every page of a search for Condition is a whole searchset Bundle
    Given a search for Condition that finds something
    Then every page is a complete searchset

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
  Scenario: A search for Condition finds the same page by page
    Given a search for Condition that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.condition.claimed-searches
  Scenario: Search parameters of Condition that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Condition
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: The reverse include <include> brings what points to a <group>
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
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group                              | profile                                    |
      | condition-encounter-diagnosis      | us-core-condition-encounter-diagnosis      |
      | condition-problems-health-concerns | us-core-condition-problems-health-concerns |
