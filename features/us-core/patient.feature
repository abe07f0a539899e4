@us-core @resource:Patient
Feature: Patient
  The patient's own demographic record.
  US Core 6.1.0, Server CapabilityStatement and profiles of Patient; FHIR R4, Search.

  @id:us-core.patient.capability
  Scenario: The CapabilityStatement claims what US Core demands of Patient
    Given the CapabilityStatement claims Patient
    Then it claims everything that the guide demands of Patient

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group   | parameters        | strength |
      | patient | _id               | SHALL    |
      | patient | identifier        | SHALL    |
      | patient | name              | SHALL    |
      | patient | birthdate+family  | SHOULD   |
      | patient | birthdate+name    | SHALL    |
      | patient | death-date+family | SHOULD   |
      | patient | family+gender     | SHOULD   |
      | patient | gender+name       | SHALL    |

  @table:tokens @id:us-core.patient.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a Patient with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter  | strength |
      | identifier | SHALL    |

  @id:us-core.patient.searchset
  Scenario: Every page of a search for Patient is a whole searchset Bundle
    Given a search for Patient that finds something
    Then every page is a complete searchset

  @id:us-core.patient.post
  Scenario: A search for Patient by POST finds the same
    Given a search for Patient that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.patient.claimed-searches
  Scenario: Search parameters of Patient that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Patient
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
      | group   | name       | include           | strength |
      | patient | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group   | profile         |
      | patient | us-core-patient |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group   | profile         |
      | patient | us-core-patient |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group   | profile         |
      | patient | us-core-patient |
