@us-core @resource:Practitioner
Feature: Practitioner
  Clinicians that the record refers to.
  US Core 6.1.0, Server CapabilityStatement and profiles of Practitioner; FHIR R4, Search.

  @id:us-core.practitioner.capability
  Scenario: The CapabilityStatement claims what US Core demands of Practitioner
    Given the CapabilityStatement claims Practitioner
    Then it claims everything that the guide demands of Practitioner

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
      | practitioner | _id        | SHOULD   |
      | practitioner | identifier | SHALL    |
      | practitioner | name       | SHALL    |

  @table:tokens @id:us-core.practitioner.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a Practitioner with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter  | strength |
      | identifier | SHALL    |

  @id:us-core.practitioner.searchset
  Scenario: Every page of a search for Practitioner is a whole searchset Bundle
    Given a search for Practitioner that finds something
    Then every page is a complete searchset

  @id:us-core.practitioner.post
  Scenario: A search for Practitioner by POST finds the same
    Given a search for Practitioner that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.practitioner.claimed-searches
  Scenario: Search parameters of Practitioner that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Practitioner
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
      | practitioner | us-core-practitioner |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group        | profile              |
      | practitioner | us-core-practitioner |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group        | profile              |
      | practitioner | us-core-practitioner |
