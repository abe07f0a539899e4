Feature: EHR launch
  The EHR opens the app for a patient it has in view; the app passes the launch handle on and receives that context.
  SMART App Launch 2.0.0, App Launch: EHR launch; Scopes and Launch Context.

  @id:smart.ehr.launch-request
  Scenario: The EHR says which server it launches for
    When the EHR launches the app
    Then the launch carries "iss" equal to the FHIR base

  @id:smart.ehr.launch-param
  Scenario: The EHR hands over a launch handle
    When the EHR launches the app
    Then the launch carries "launch"

  @id:smart.ehr.redirect
  Scenario: An authorization request that is posted leads back to the app
    Given the SMART configuration
    And its "capabilities" holds "authorize-post"
    When the app signs in by POST with the launch of the EHR
    Then the app receives a code
    And the app receives its state unchanged

  @id:smart.ehr.code
  Scenario: The launch handle leads to a code
    When the app signs in with the launch of the EHR
    Then the app receives a code

  @id:smart.ehr.token-exchange
  Scenario: The app exchanges the code of an EHR launch for a token
    Given the app has signed in with the launch of the EHR
    When the app exchanges its code
    Then a token is issued

  @id:smart.ehr.token-body
  Scenario: The token response of an EHR launch says what it grants
    Given a session from an EHR launch
    Then the token response conforms to the schema "token-response"
    And the token response should have "expires_in"

  @id:g10.ehr.expires-in @g10
  Scenario: The token response of an EHR launch says how long the token lives
    Given a session from an EHR launch
    Then the token response has "expires_in"

  @id:g10.ehr.scopes @g10
  Scenario: The EHR grants what the user may see
    Given a session from an EHR launch for "launch openid fhirUser offline_access user/*.rs"
    Then the scopes "launch openid fhirUser offline_access" are granted
    And each type of patient data is granted at the level user

  @id:g10.ehr-patient.launch @g10
  Scenario: An EHR launch serves an app that asks for one patient's data
    Given a session from an EHR launch for "launch openid fhirUser offline_access patient/Patient.rs"
    Then the token response conforms to the schema "token-response"
    And the token response has "expires_in"

  @id:g10.ehr-patient.scope @g10
  Scenario: That app may read and find the Patient
    Given a session from an EHR launch for "launch openid fhirUser offline_access patient/Patient.rs"
    Then the granted scopes read and search Patient for the patient in context

  @id:g10.ehr-patient.context @g10
  Scenario: That app learns which patient is in view
    Given a session from an EHR launch for "launch openid fhirUser offline_access patient/Patient.rs"
    Then the token response has "patient"
    And the app can read the Patient in context

  @id:smart.ehr.token-headers
  Scenario: The token response of an EHR launch must not be stored
    Given the app has signed in with the launch of the EHR
    And the app has exchanged its code for a token
    Then the header "cache-control" holds "no-store"
    And the header "pragma" holds "no-cache"

  @id:g10.ehr.patient-context
  Scenario: The patient in view is in context and can be read
    Given a session from an EHR launch
    Then the token response has "patient"
    And the app can read the Patient in context

  @id:g10.ehr.encounter-context
  Scenario: The encounter in view is in context and can be read
    Given a session from an EHR launch
    Then the token response has "encounter"
    And the app can read the Encounter in context

  @id:launch.encounter-belongs-to-patient
  Scenario: The encounter in context is one of the patient in context
    Given a session from an EHR launch
    And an encounter in context that can be read
    Then its subject is the patient in context

  @id:g10.ehr.banner
  Scenario: The EHR says whether the app must show who the patient is
    Given a session from an EHR launch
    Then the token response has "need_patient_banner"

  @id:g10.ehr.style-url
  Scenario: The EHR's style can be fetched
    Given a session from an EHR launch
    Then the token response has "smart_style_url"
    And the app can fetch the style

  @id:smart.token.fhir-context
  Scenario: What else is in view is named as apps know to read it
    Given a session from an EHR launch
    And a token response with "fhirContext"
    Then each entry of its fhirContext says what it names

  @id:launch.fhir-context-readable
  Scenario: What else is in view can be read
    Given a session from an EHR launch
    And a token response with "fhirContext"
    Then the app should be able to read each resource that it names

  @id:launch.unknown-launch
  Scenario: A launch handle that the EHR never made gives no context
    Given a session from an EHR launch
    When the app signs in with an invented launch handle
    Then no code should be issued

  @id:launch.other-user @security
  Scenario: A launch handle gives its context to nobody else
    Given a session from an EHR launch
    And that token reads the patient
    When patient b signs in with a launch handle of the EHR
    Then what is granted has not the context of that launch

  @id:launch.reused @security
  Scenario: A launch is good once
    Given a session of its own from an EHR launch
    When the app signs in with the launch of that session again
    Then no code should be issued
