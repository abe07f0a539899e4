@us-core @resource:Organization
Feature: Organization
  Organizations that the record refers to.
  US Core 6.1.0, Server CapabilityStatement and profiles of Organization; FHIR R4, Search.

  @id:us-core.organization.capability
  Scenario: The CapabilityStatement claims what US Core demands of Organization
    Given the CapabilityStatement claims Organization
    Then it claims everything that the guide demands of Organization

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group        | parameters | strength |
      | organization | address    | SHALL    |
      | organization | name       | SHALL    |

  @id:us-core.organization.searchset
  Scenario: Every page of a search for Organization is a whole searchset Bundle
    Given a search for Organization that finds something
    Then every page is a complete searchset

  @id:us-core.organization.post
  Scenario: A search for Organization by POST finds the same
    Given a search for Organization that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.organization.claimed-searches
  Scenario: Search parameters of Organization that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Organization
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group        | profile              |
      | organization | us-core-organization |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group        | profile              |
      | organization | us-core-organization |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group        | profile              |
      | organization | us-core-organization |
