Feature: One patient cannot reach another
  A token for patient a's record discloses nothing of patient b's, by any way to ask.
  SMART App Launch 2.0.0, Scopes and Launch Context: patient-level scopes; FHIR R4, Security: access denied responses.

  Each way is first tried with patient b's own token: what shows b's record to b must show nothing of it to a.

  @id:isolation-patient.control-b-visible-to-b @security
  Scenario: Patient b sees patient b's own record
    Given a session of patient b with the public app
    When the app reads the patient in context
    Then the status is 200
    And the resource is the Patient in context
    And the record of patient b holds something that could leak

  @id:isolation-patient.own-record-no-foreign-canary @security
  Scenario: Nothing of patient b stands in patient a's own record
    Given patient b's record, as patient b sees it
    When patient a's record is read as patient a sees it
    Then nothing of patient b is disclosed

  @id:isolation-patient.<id> @security
  Scenario Outline: Patient a's token does not reach patient b by <way>
    Given patient b's record, as patient b sees it
    And patient b is reached by "<request>" with patient b's token
    When "<request>" is requested with patient a's token
    Then nothing of patient b is disclosed
    And the status should be 200, 400, 401, 403 or 404

    Examples:
      | id                               | way                                     | request                                                   |
      | read                             | reading the Patient                     | GET Patient/{b}                                           |
      | read-clinical                    | reading a Condition                     | GET Condition/{b.Condition}                               |
      | read-observation                 | reading an Observation                  | GET Observation/{b.Observation}                           |
      | vread                            | reading a version                       | GET Condition/{b.Condition}/_history/{b.Condition.version} |
      | search-patient                   | a search by patient                     | GET Condition?patient={b}                                 |
      | search-patient-reference-forms   | a search by absolute reference          | GET Condition?patient={base}/Patient/{b}                  |
      | search-patient-relative-reference | a search by relative reference         | GET Condition?patient=Patient/{b}                         |
      | search-multi-or                  | naming both patients                    | GET Condition?patient={a},{b}                             |
      | search-duplicate-params          | naming both patients, one after another | GET Condition?patient={b}&patient={b}                     |
      | search-empty-or-missing-patient  | naming no patient                       | GET Condition?category=problem-list-item                  |
      | search-subject                   | a search by subject                     | GET Observation?subject=Patient/{b}&category=vital-signs  |
      | search-id-of-b                   | a search by id                          | GET Patient?_id={b}                                       |
      | search-clinical-id               | a search by the id of a Condition       | GET Condition?_id={b.Condition}                           |
      | search-by-identifier             | a search by identifier                  | GET Patient?identifier={b.identifier}                     |
      | search-demographics              | a search by name                        | GET Patient?name={b.family}                               |
      | compartment                      | the patient's compartment               | GET Patient/{b}/Condition                                 |
      | post-search                      | a search by POST                        | POST Condition/_search patient={b}                        |
      | revinclude-from-shared           | a reverse include from a shared resource | GET Practitioner?_id={b.practitioner}&_revinclude=Encounter:participant |

  @id:isolation-patient.include-forward-foreign @security
  Scenario: What is included with patient a's own resources is not patient b's
    Given patient b's record, as patient b sees it
    When "GET Encounter?patient={a}&_include=Encounter:patient" is requested with patient a's token
    Then nothing of patient b is disclosed

  @id:isolation-patient.total-and-counts @security
  Scenario: A count tells nothing about patient b
    Given patient b's record, as patient b sees it
    When the counts of Condition for patient b and for invented patients are requested with patient a's token
    Then they do not differ

  @id:isolation-patient.denial-carries-no-detail @security
  Scenario: A refusal tells nothing about patient b
    Given patient b's record, as patient b sees it
    And patient b is reached by "GET Patient/{b}" with patient b's token
    When "GET Patient/{b}" is requested with patient a's token
    Then nothing of patient b is disclosed, not even what the request named
    And no version of the record is disclosed
