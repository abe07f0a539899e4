Feature: Limited access
  A patient grants an app a part of what it asks for: the app gets that part, and no more. The patient leaves Patient,
  Condition and Observation ticked, and unticks every other type.
  SMART App Launch 2.0.0, App Launch: Obtain authorization code; Scopes and Launch Context; ONC (g)(10), limited access.

  @id:g10.limited.launch @g10
  Scenario: A patient who unticks types still gets a session
    Given a session of patient a with the public app
    When patient a grants the public app only "Patient Condition Observation"
    And the app exchanges its code
    Then a token is issued
    And the token response conforms to the schema "token-response"
    And the header "cache-control" holds "no-store"
    And the header "pragma" holds "no-cache"
    And the patient in context is patient a
    And the app can read the Patient in context

  @id:g10.limited.scope-grant @g10
  Scenario: The types that stayed ticked are granted, and no others
    Given a session of patient a with the public app limited to "Patient Condition Observation"
    Then of the types asked for, only "Patient Condition Observation" are granted

  @id:g10.access.limited.<id> @g10
  Scenario Outline: A <type> is found, because its type stayed ticked
    Given a session of patient a with the public app limited to "Patient Condition Observation"
    When the app requests "<search>"
    Then the status is 200

    Examples:
      | id          | type        | search                                             |
      | patient     | Patient     | Patient?_id={patient}                              |
      | condition   | Condition   | Condition?patient={patient}                        |
      | observation | Observation | Observation?patient={patient}&category=vital-signs |

  @id:g10.access.limited.<id> @g10 @security
  Scenario Outline: No <type> is shown, because its type was unticked
    Given a session of patient a with the public app limited to "Patient Condition Observation"
    And that token reads the patient
    When the app requests "<search>"
    Then access is denied
    And the status is 401 or 403

    Examples:
      | id                  | type               | search                                           |
      | allergy-intolerance | AllergyIntolerance | AllergyIntolerance?patient={patient}             |
      | care-plan           | CarePlan           | CarePlan?patient={patient}&category=assess-plan  |
      | care-team           | CareTeam           | CareTeam?patient={patient}&status=active         |
      | coverage            | Coverage           | Coverage?patient={patient}                       |
      | device              | Device             | Device?patient={patient}                         |
      | diagnostic-report   | DiagnosticReport   | DiagnosticReport?patient={patient}&category=LAB  |
      | document-reference  | DocumentReference  | DocumentReference?patient={patient}              |
      | encounter           | Encounter          | Encounter?patient={patient}                      |
      | goal                | Goal               | Goal?patient={patient}                           |
      | immunization        | Immunization       | Immunization?patient={patient}                   |
      | medication-dispense | MedicationDispense | MedicationDispense?patient={patient}             |
      | medication-request  | MedicationRequest  | MedicationRequest?patient={patient}&intent=order |
      | procedure           | Procedure          | Procedure?patient={patient}                      |
      | service-request     | ServiceRequest     | ServiceRequest?patient={patient}                 |
