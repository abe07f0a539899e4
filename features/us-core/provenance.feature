@us-core @resource:Provenance
Feature: Provenance
  Where the record comes from.
  US Core 6.1.0, Server CapabilityStatement and profiles of Provenance; FHIR R4, Search.

  @id:us-core.provenance.capability
  Scenario: The CapabilityStatement claims what US Core demands of Provenance
    Given the CapabilityStatement claims Provenance
    Then it claims everything that the guide demands of Provenance

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group      | profile            |
      | provenance | us-core-provenance |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group      | profile            |
      | provenance | us-core-provenance |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group      | profile            |
      | provenance | us-core-provenance |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group      | profile            |
      | provenance | us-core-provenance |
