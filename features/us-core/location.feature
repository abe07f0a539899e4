@us-core @resource:Location
Feature: Location
  Places of care.
  US Core 6.1.0, Server CapabilityStatement and profiles of Location; FHIR R4, Search.

  @id:us-core.location.capability
  Scenario: The CapabilityStatement claims what US Core demands of Location
    Given the CapabilityStatement claims Location
    Then it claims everything that the guide demands of Location

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group    | parameters         | strength |
      | location | address            | SHALL    |
      | location | address-city       | SHOULD   |
      | location | address-postalcode | SHOULD   |
      | location | address-state      | SHOULD   |
      | location | name               | SHALL    |

  @id:us-core.location.searchset
  Scenario: Every page of a search for Location is a whole searchset Bundle
    Given a search for Location that finds something
    Then every page is a complete searchset

  @id:us-core.location.post
  Scenario: A search for Location by POST finds the same
    Given a search for Location that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.location.claimed-searches
  Scenario: Search parameters of Location that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Location
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
      | group    | profile          |
      | location | us-core-location |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group    | profile          |
      | location | us-core-location |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group    | profile          |
      | location | us-core-location |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group    | profile          |
      | location | us-core-location |
