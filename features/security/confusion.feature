Feature: A request that names somebody else
  Who is meant follows from the sign-in, not from what a request says beside it: no other patient, app or tenant comes in so.
  SMART App Launch 2.0.0, App Launch; RFC 9700 2.1 and 4.1.3.

  @id:isolation-patient.authorize-patient-parameter @security
  Scenario: A parameter of the authorization request chooses no other patient
    Given a session of patient a with the public app
    And that token reads the patient
    When patient a signs in to the public app and names patient b
    Then what is granted is for patient a alone

  @id:token.patient-parameter-ignored @security
  Scenario: A parameter of the exchange chooses no other patient
    Given a session of patient a with the public app
    And that token reads the patient
    And patient a has signed in to the public app
    When the app exchanges its code and names patient b
    Then what is granted is for patient a alone

  @id:refresh.context-unchanged @security
  Scenario: A parameter of a refresh chooses no other patient
    Given a session of its own of patient a with the public app
    And that token reads the patient
    And a refresh token
    And the app has used its refresh token
    When the app uses its refresh token and names patient b
    Then what is granted is for patient a alone

  @id:redirect.other-clients-uri @security
  Scenario: The redirect URI of another app is not that of this one
    Given a session of patient a with the public app
    When patient a signs in to the public app with the redirect URI of the second app
    Then no code is issued
    And the browser is not sent there

  @id:isolation-tenant.aud-other-tenant @security
  Scenario: A sign-in at this tenant gives no code for the other one
    Given a session of patient a with the public app
    And a session at the other tenant of patient a with the public app
    When patient a signs in to the public app with the aud of the other tenant
    Then no code is issued

  @id:pkce.method-omitted @security
  Scenario: A challenge without a method is not its own verifier
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "code_challenge_method"
    Then the challenge alone exchanges no code

  @id:scope.system-not-for-patients @security
  Scenario: A patient grants no access to the whole system
    Given a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient openid patient/Patient.rs system/*.rs"
    Then no scope of the level system is granted

  @id:isolation-patient.picker-tamper @security
  Scenario: A field of the consent page's form chooses no other patient
    Given a session of patient a with the public app
    And that token reads the patient
    When patient a signs in to the public app and sends the consent for patient b
    Then what is granted is for patient a alone

  @id:launch.consent-scope-tamper @security
  Scenario: A field of the consent page's form adds no scope
    Given a session of patient a with the public app
    When patient a signs in to the public app for "launch/patient patient/Patient.rs" and sends the consent with "patient/*.rs" too
    Then nothing is granted that was not asked for

  @id:code.context-follows-code @security
  Scenario: A code carries its own patient, whoever else signs in meanwhile
    Given a session of patient a with the public app
    When patients a and b sign in to the public app at the same time
    Then each is granted their own record

  @id:openid.iss-response-parameter @security
  Scenario: The answer of a sign-in names the server that gave it
    Given patient a has signed in to the public app
    Then the answer names the issuer, if it names one or the server says so
