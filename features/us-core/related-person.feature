@us-core @resource:RelatedPerson
Feature: RelatedPerson
  People close to the patient.
  US Core 6.1.0, Server CapabilityStatement and profiles of RelatedPerson; FHIR R4, Search.

  @id:us-core.related-person.capability
  Scenario: The CapabilityStatement claims what US Core demands of RelatedPerson
    Given the CapabilityStatement claims RelatedPerson
    Then it claims everything that the guide demands of RelatedPerson

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group          | parameters   | strength |
      | related-person | _id          | SHALL    |
      | related-person | name         | SHOULD   |
      | related-person | patient      | SHOULD   |
      | related-person | patient+name | SHOULD   |

  @id:us-core.related-person.searchset
  Scenario: Every page of a search for RelatedPerson is a whole searchset Bundle
    Given a search for RelatedPerson that finds something
    Then every page is a complete searchset

  @id:us-core.related-person.post
  Scenario: A search for RelatedPerson by POST finds the same
    Given a search for RelatedPerson that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.related-person.patient-reference
  Scenario: The patient may be named by a reference in a search for RelatedPerson
    Given a search for RelatedPerson that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.related-person.paging
  Scenario: A search for RelatedPerson finds the same page by page
    Given a search for RelatedPerson that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.related-person.claimed-searches
  Scenario: Search parameters of RelatedPerson that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of RelatedPerson
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
      | group          | name       | include           | strength |
      | related-person | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group          | profile               |
      | related-person | us-core-relatedperson |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group          | profile               |
      | related-person | us-core-relatedperson |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group          | profile               |
      | related-person | us-core-relatedperson |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group          | profile               |
      | related-person | us-core-relatedperson |
