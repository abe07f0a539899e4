@us-core @resource:PractitionerRole
Feature: PractitionerRole
  What clinicians do, where and for whom.
  US Core 6.1.0, Server CapabilityStatement and profiles of PractitionerRole; FHIR R4, Search.

  @id:us-core.practitioner-role.capability
  Scenario: The CapabilityStatement claims what US Core demands of PractitionerRole
    Given the CapabilityStatement claims PractitionerRole
    Then it claims everything that the guide demands of PractitionerRole

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group             | parameters   | strength |
      | practitioner-role | practitioner | SHALL    |
      | practitioner-role | specialty    | SHALL    |

  @id:us-core.practitioner-role.chain.practitioner-<parameter>
  Scenario Outline: A chained search by practitioner.<parameter> follows the reference
    Given a PractitionerRole whose "practitioner.<parameter>" is known
    When the app searches by that chain
    Then the search succeeds
    And every match leads to such a value
    And every match that is known to lead there comes back

    Examples:
      | parameter  |
      | identifier |
      | name       |

  @table:tokens @id:us-core.practitioner-role.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a PractitionerRole with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | specialty | SHALL    |

  @id:us-core.practitioner-role.searchset
  Scenario: Every page of a search for PractitionerRole is a whole searchset Bundle
    Given a search for PractitionerRole that finds something
    Then every page is a complete searchset

  @id:us-core.practitioner-role.post
  Scenario: A search for PractitionerRole by POST finds the same
    Given a search for PractitionerRole that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.practitioner-role.claimed-searches
  Scenario: Search parameters of PractitionerRole that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of PractitionerRole
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:includes @id:us-core.practitioner-role.include.<name>
  Scenario Outline: The include <include> brings what the matches point to
    Given a search whose matches point along "<include>"
    When the app makes that search with "_include=<include>"
    Then the search succeeds
    And what the matches point to comes with them
    And nothing else comes with them
    And what only this answer shows conforms to its profiles

    Examples:
      | name         | include                       | strength |
      | endpoint     | PractitionerRole:endpoint     | SHOULD   |
      | practitioner | PractitionerRole:practitioner | SHOULD   |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group             | profile                  |
      | practitioner-role | us-core-practitionerrole |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group             | profile                  |
      | practitioner-role | us-core-practitionerrole |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group             | profile                  |
      | practitioner-role | us-core-practitionerrole |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group             | profile                  |
      | practitioner-role | us-core-practitionerrole |
