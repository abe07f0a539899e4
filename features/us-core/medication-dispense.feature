@us-core @resource:MedicationDispense
Feature: MedicationDispense
  Medication handed out.
  US Core 6.1.0, Server CapabilityStatement and profiles of MedicationDispense; FHIR R4, Search.

  @id:us-core.medication-dispense.capability
  Scenario: The CapabilityStatement claims what US Core demands of MedicationDispense
    Given the CapabilityStatement claims MedicationDispense
    Then it claims everything that the guide demands of MedicationDispense

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group               | parameters          | strength |
      | medication-dispense | patient             | SHALL    |
      | medication-dispense | patient+status      | SHOULD   |
      | medication-dispense | patient+status+type | SHOULD   |

  @table:tokens @id:us-core.medication-dispense.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a MedicationDispense with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | type      | SHOULD   |

  @table:alternatives @id:us-core.medication-dispense.alternatives.<parameter>
  Scenario Outline: Values of <parameter> joined by commas are alternatives
    Given several values of "<parameter>" in the record's MedicationDispenses
    When the app searches for these values joined by commas
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | status    | SHOULD   |
      | type      | SHOULD   |

  @id:us-core.medication-dispense.searchset
  Scenario: Every page of a search for MedicationDispense is a whole searchset Bundle
    Given a search for MedicationDispense that finds something
    Then every page is a complete searchset

  @id:us-core.medication-dispense.post
  Scenario: A search for MedicationDispense by POST finds the same
    Given a search for MedicationDispense that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.medication-dispense.patient-reference
  Scenario: The patient may be named by a reference in a search for MedicationDispense
    Given a search for MedicationDispense that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.medication-dispense.paging
  Scenario: A search for MedicationDispense finds the same page by page
    Given a search for MedicationDispense that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.medication-dispense.claimed-searches
  Scenario: Search parameters of MedicationDispense that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of MedicationDispense
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:includes @id:us-core.medication-dispense.include.<name>
  Scenario Outline: The include <include> brings what the matches point to
    Given a search whose matches point along "<include>"
    When the app makes that search with "_include=<include>"
    Then the search succeeds
    And what the matches point to comes with them
    And nothing else comes with them
    And what only this answer shows conforms to its profiles

    Examples:
      | name       | include                       | strength |
      | medication | MedicationDispense:medication | SHALL    |

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: The reverse include <include> brings what points to a <group>
    Given a search that finds a "<group>"
    When the app makes that search with "_revinclude=<include>"
    Then the search succeeds
    And a Provenance that points to such a match comes with them
    And every Provenance that comes with them points to a match

    Examples:
      | group               | name       | include           | strength |
      | medication-dispense | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group               | profile                    |
      | medication-dispense | us-core-medicationdispense |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group               | profile                    |
      | medication-dispense | us-core-medicationdispense |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group               | profile                    |
      | medication-dispense | us-core-medicationdispense |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group               | profile                    |
      | medication-dispense | us-core-medicationdispense |
