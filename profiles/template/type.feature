@us-core @resource:{Type}
Feature: {Type}
  {description}
  {Guide} {version}, Server CapabilityStatement and profiles of {Type}; FHIR R4, Search.

  @id:us-core.{type}.capability
  Scenario: The CapabilityStatement claims what {Guide} demands of {Type}
    Given the CapabilityStatement claims {Type}
    Then it claims everything that the guide demands of {Type}

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:

  @table:tokens @id:us-core.{type}.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given {a Type} with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:

  @table:alternatives @id:us-core.{type}.alternatives.<parameter>
  Scenario Outline: Values of <parameter> joined by commas are alternatives
    Given several values of "<parameter>" in the record's {Type}s
    When the app searches for these values joined by commas
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:

  @table:dates @id:us-core.{type}.comparators.<parameter>
  Scenario Outline: <parameter> is compared by gt, ge, lt and le
    Given {a Type} with a date for "<parameter>"
    When the app searches before, at and after that date, and between the days around it
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:

  @table:dates @id:us-core.{type}.date-forms.<parameter>
  Scenario Outline: <parameter> is understood with Z, +00:00 and another offset, and as a day, month and year
    Given {a Type} with a date for "<parameter>"
    When the app searches for that date in other offsets, and for its day, month and year
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each offset of the same instant finds the same

    Examples:

  @when:searched @id:us-core.{type}.searchset
  Scenario: Every page of a search for {Type} is a whole searchset Bundle
    Given a search for {Type} that finds something
    Then every page is a complete searchset

  @when:searched @id:us-core.{type}.post
  Scenario: A search for {Type} by POST finds the same
    Given a search for {Type} that finds something
    When the app makes that search by POST
    Then it finds the same

  @when:searched-by-patient @id:us-core.{type}.patient-reference
  Scenario: The patient may be named by a reference in a search for {Type}
    Given a search for {Type} that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @when:searched-by-patient @id:us-core.{type}.paging
  Scenario: A search for {Type} finds the same page by page
    Given a search for {Type} that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @when:searched @id:us-core.{type}.claimed-searches
  Scenario: Search parameters of {Type} that are claimed beyond {Guide} are applied
    Given the CapabilityStatement claims more searches of {Type}
    When the app searches by each of them, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

  @table:includes @id:us-core.{type}.include.<name>
  Scenario Outline: The include <include> brings what the matches point to
    Given a search whose matches point along "<include>"
    When the app makes that search with "_include=<include>"
    Then the search succeeds
    And what the matches point to comes with them
    And nothing else comes with them
    And what only this answer shows conforms to its profiles

    Examples:

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: The reverse include <include> brings what points to a <group>
    Given a search that finds a "<group>"
    When the app makes that search with "_revinclude=<include>"
    Then the search succeeds
    And a Provenance that points to such a match comes with them
    And every Provenance that comes with them points to a match

    Examples:

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
