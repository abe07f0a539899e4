@us-core @resource:Specimen
Feature: Specimen
  Samples that results refer to.
  US Core 6.1.0, Server CapabilityStatement and profiles of Specimen; FHIR R4, Search.

  @id:us-core.specimen.capability
  Scenario: The CapabilityStatement claims what US Core demands of Specimen
    Given the CapabilityStatement claims Specimen
    Then it claims everything that the guide demands of Specimen

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group    | parameters | strength |
      | specimen | _id        | SHALL    |
      | specimen | patient    | SHOULD   |

  @id:us-core.specimen.searchset
  Scenario: Every page of a search for Specimen is a whole searchset Bundle
    Given a search for Specimen that finds something
    Then every page is a complete searchset

  @id:us-core.specimen.post
  Scenario: A search for Specimen by POST finds the same
    Given a search for Specimen that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.specimen.patient-reference
  Scenario: The patient may be named by a reference in a search for Specimen
    Given a search for Specimen that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.specimen.paging
  Scenario: A search for Specimen finds the same page by page
    Given a search for Specimen that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.specimen.claimed-searches
  Scenario: Search parameters of Specimen that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of Specimen
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
      | specimen | us-core-specimen |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group    | profile          |
      | specimen | us-core-specimen |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group    | profile          |
      | specimen | us-core-specimen |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group    | profile          |
      | specimen | us-core-specimen |
