@us-core @resource:Encounter
Feature: Encounter
  Visits.
  US Core 6.1.0, Server CapabilityStatement and profiles of Encounter; FHIR R4, Search.

  @id:us-core.encounter.capability
  Scenario: The CapabilityStatement claims what US Core demands of Encounter
    Given the CapabilityStatement claims Encounter
    Then it claims everything that the guide demands of Encounter

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group     | parameters                    | strength |
      | encounter | _id                           | SHALL    |
      | encounter | identifier                    | SHOULD   |
      | encounter | patient                       | SHALL    |
      | encounter | class+patient                 | SHOULD   |
      | encounter | date+patient                  | SHALL    |
      | encounter | patient+discharge-disposition | SHOULD   |
      | encounter | patient+location              | SHOULD   |
      | encounter | patient+status                | SHOULD   |
      | encounter | patient+type                  | SHOULD   |

  @table:tokens @id:us-core.encounter.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given an Encounter with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter             | strength |
      | class                 | SHOULD   |
      | discharge-disposition | SHOULD   |
      | identifier            | SHOULD   |
      | type                  | SHOULD   |

  @table:dates @id:us-core.encounter.comparators.<parameter>
  Scenario Outline: <parameter> is compared by gt, ge, lt and le
    Given an Encounter with a date for "<parameter>"
    When the app searches before, at and after that date, and between the days around it
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @table:dates @id:us-core.encounter.date-forms.<parameter>
  Scenario Outline: <parameter> is understood with Z, +00:00 and another offset, and as a day, month and year
    Given an Encounter with a date for "<parameter>"
    When the app searches for that date in other offsets, and for its day, month and year
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each offset of the same instant finds the same

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @id:us-core.encounter.searchset
  Scenario: Every page of a search for Encounter is a whole searchset Bundle
    Given a search for Encounter that finds something
    Then every page is a complete searchset

  @id:us-core.encounter.post
  Scenario: A search for Encounter by POST finds the same
    Given a search for Encounter that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.encounter.patient-reference
  Scenario: The patient may be named by a reference in a search for Encounter
    Given a search for Encounter that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.encounter.paging
  Scenario: A search for Encounter finds the same page by page
    Given a search for Encounter that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.encounter.claimed-searches
  Scenario: Search parameters of Encounter that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Encounter
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
      | group     | name       | include           | strength |
      | encounter | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group     | profile           |
      | encounter | us-core-encounter |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group     | profile           |
      | encounter | us-core-encounter |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group     | profile           |
      | encounter | us-core-encounter |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group     | profile           |
      | encounter | us-core-encounter |
