@us-core @resource:DiagnosticReport
Feature: DiagnosticReport
  Reports of laboratories and of clinicians.
  US Core 6.1.0, Server CapabilityStatement and profiles of DiagnosticReport; FHIR R4, Search.

  @id:us-core.diagnostic-report.capability
  Scenario: The CapabilityStatement claims what US Core demands of DiagnosticReport
    Given the CapabilityStatement claims DiagnosticReport
    Then it claims everything that the guide demands of DiagnosticReport

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: A search for <group> by <parameters> brings its matches, all of them and nothing else
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values, with every status if the server demands one
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And what only these answers show conforms to its profiles

    Examples:
      | group                  | parameters            | strength |
      | diagnostic-report-lab  | patient               | SHALL    |
      | diagnostic-report-lab  | patient+category      | SHALL    |
      | diagnostic-report-lab  | patient+code          | SHALL    |
      | diagnostic-report-lab  | patient+status        | SHOULD   |
      | diagnostic-report-lab  | patient+category+date | SHALL    |
      | diagnostic-report-lab  | patient+code+date     | SHOULD   |
      | diagnostic-report-note | patient               | SHALL    |
      | diagnostic-report-note | patient+category      | SHALL    |
      | diagnostic-report-note | patient+code          | SHALL    |
      | diagnostic-report-note | patient+status        | SHOULD   |
      | diagnostic-report-note | patient+category+date | SHALL    |
      | diagnostic-report-note | patient+code+date     | SHOULD   |

  @table:tokens @id:us-core.diagnostic-report.token.<parameter>
  Scenario Outline: <parameter> is a token: the code alone, with its system, and with no system
    Given a DiagnosticReport with a code and its system for "<parameter>"
    When the app searches by code, by system|code and by |code
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | category  | SHALL    |
      | code      | SHALL    |

  @table:alternatives @id:us-core.diagnostic-report.alternatives.<parameter>
  Scenario Outline: Values of <parameter> joined by commas are alternatives
    Given several values of "<parameter>" in the record's DiagnosticReports
    When the app searches for these values joined by commas
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | code      | SHOULD   |
      | status    | SHOULD   |

  @table:dates @id:us-core.diagnostic-report.comparators.<parameter>
  Scenario Outline: <parameter> is compared by gt, ge, lt and le
    Given a DiagnosticReport with a date for "<parameter>"
    When the app searches before, at and after that date, and between the days around it
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @table:dates @id:us-core.diagnostic-report.date-forms.<parameter>
  Scenario Outline: <parameter> is understood with Z, +00:00 and another offset, and as a day, month and year
    Given a DiagnosticReport with a date for "<parameter>"
    When the app searches for that date in other offsets, and for its day, month and year
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each offset of the same instant finds the same

    Examples:
      | parameter | strength |
      | date      | SHALL    |

  @id:us-core.diagnostic-report.searchset
  Scenario: Every page of a search for DiagnosticReport is a whole searchset Bundle
    Given a search for DiagnosticReport that finds something
    Then every page is a complete searchset

  @id:us-core.diagnostic-report.post
  Scenario: A search for DiagnosticReport by POST finds the same
    Given a search for DiagnosticReport that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.diagnostic-report.patient-reference
  Scenario: The patient may be named by a reference in a search for DiagnosticReport
    Given a search for DiagnosticReport that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.diagnostic-report.paging
  Scenario: A search for DiagnosticReport finds the same page by page
    Given a search for DiagnosticReport that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice
    And no page has more than two matches

  @id:us-core.diagnostic-report.claimed-searches
  Scenario: Search parameters of DiagnosticReport that are claimed beyond US Core are applied
    Given the CapabilityStatement claims more searches of DiagnosticReport
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
      | group                  | name       | include           | strength |
      | diagnostic-report-lab  | provenance | Provenance:target | SHALL    |
      | diagnostic-report-note | provenance | Provenance:target | SHALL    |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group                  | profile                       |
      | diagnostic-report-lab  | us-core-diagnosticreport-lab  |
      | diagnostic-report-note | us-core-diagnosticreport-note |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group                  | profile                       |
      | diagnostic-report-lab  | us-core-diagnosticreport-lab  |
      | diagnostic-report-note | us-core-diagnosticreport-note |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group                  | profile                       |
      | diagnostic-report-lab  | us-core-diagnosticreport-lab  |
      | diagnostic-report-note | us-core-diagnosticreport-note |

  @table:references @id:us-core.<group>.references
  Scenario Outline: Must-support references of <group> lead to resources of a permitted type
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group                  | profile                       |
      | diagnostic-report-lab  | us-core-diagnosticreport-lab  |
      | diagnostic-report-note | us-core-diagnosticreport-note |
