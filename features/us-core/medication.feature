@us-core @resource:Medication
Feature: Medication
  Medications that requests and dispenses refer to.
  US Core 6.1.0, Server CapabilityStatement and profiles of Medication; FHIR R4, Search.

  @id:us-core.medication.capability
  Scenario: The CapabilityStatement claims what US Core demands of Medication
    Given the CapabilityStatement claims Medication
    Then it claims everything that the guide demands of Medication

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group      | profile            |
      | medication | us-core-medication |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group      | profile            |
      | medication | us-core-medication |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group      | profile            |
      | medication | us-core-medication |
