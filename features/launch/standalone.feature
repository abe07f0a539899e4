Feature: Standalone launch
  A patient opens the app, signs in at the server, consents, and the app receives an access token for their record.
  SMART App Launch 2.0.0, App Launch: Launch and Authorization; RFC 6749 4.1 and 5.1.

  @id:smart.standalone.redirect
  Scenario: The authorization ends at the app's redirect URI
    When patient a signs in to the public app
    Then the browser comes back to the app

  @id:smart.standalone.code
  Scenario: The redirect carries a code and no error
    When patient a signs in to the public app
    Then the app receives a code

  @id:code.state-echo-exact
  Scenario: The app's state comes back unchanged
    When patient a signs in to the public app with the state "Zq~1.-_ %+&=/?"
    Then the app receives its state unchanged

  @id:launch.long-values
  Scenario: The longest values of an app come back whole
    When patient a signs in to the public app with the longest values
    And the app exchanges its code
    Then the app receives its state unchanged
    And a token is issued
    And its claim "nonce" is the one of the request

  @id:smart.standalone.token-exchange
  Scenario: The public app exchanges its code for a token
    Given patient a has signed in to the public app
    When the app exchanges its code
    Then a token is issued

  @id:smart.standalone.confidential
  Scenario: The confidential app exchanges its code with its secret
    Given patient a has signed in to the confidential app
    When the app exchanges its code
    Then a token is issued

  @id:smart.standalone.asymmetric
  Scenario: The asymmetric app exchanges its code with a signed assertion
    Given patient a has signed in to the asymmetric app
    When the app exchanges its code
    Then a token is issued

  @id:smart.standalone.token-body
  Scenario: The token response says what it grants
    Given a session of patient a with the public app
    Then the token response conforms to the schema "token-response"
    And the token response should have "expires_in"

  @id:g10.standalone.expires-in @g10
  Scenario: The token response says how long the token lives
    Given a session of patient a with the public app
    Then the token response has "expires_in"

  @id:smart.standalone.token-headers
  Scenario: The token response must not be stored
    Given patient a has signed in to the public app
    And the app has exchanged its code for a token
    Then the header "cache-control" holds "no-store"
    And the header "pragma" holds "no-cache"

  @id:scope.granted-reported
  Scenario: The token response names the granted scopes, and none that was not asked for
    Given a session of patient a with the public app for "launch/patient openid fhirUser patient/Patient.rs patient/Condition.rs"
    Then the granted scopes are within the requested ones

  @id:g10.standalone.patient-context
  Scenario: The patient in context is the one who signed in, and can be read
    Given a session of patient a with the public app
    Then the patient in context is patient a
    And the app can read the Patient in context

  @id:g10.standalone.scopes @g10
  Scenario: Identity, context and lasting access are granted
    Given a session of patient a with the public app
    Then the scopes "launch/patient openid fhirUser offline_access" are granted

  @id:g10.standalone.access-scope @g10
  Scenario: A patient can grant every type of data
    Given a session of patient a with the public app
    Then each type of patient data is granted

  @id:g10.asymmetric.token-body @g10
  Scenario: The token response to the asymmetric app says what it grants, and must not be stored
    Given patient a has signed in to the asymmetric app
    And the app has exchanged its code for a token
    Then the token response conforms to the schema "token-response"
    And the token response has "expires_in"
    And the header "cache-control" holds "no-store"
    And the header "pragma" holds "no-cache"

  @id:g10.asymmetric.patient-context @g10
  Scenario: The asymmetric app learns which patient is in context
    Given a session of patient a with the asymmetric app
    Then the patient in context is patient a
    And the app can read the Patient in context

  @id:g10.v1-scopes.launch @g10
  Scenario: Scopes of SMART 1.0 lead to a token as well
    Given the SMART configuration
    And its "capabilities" holds "permission-v1"
    And a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient openid fhirUser offline_access patient/*.read"
    Then the app receives a code

  @id:g10.v1-scopes.grant @g10
  Scenario: Scopes of SMART 1.0 grant the same types
    Given the SMART configuration
    And its "capabilities" holds "permission-v1"
    And a session of patient a with the public app for "launch/patient openid fhirUser offline_access patient/*.read"
    Then the token response conforms to the schema "token-response"
    And the scopes "launch/patient openid fhirUser offline_access" are granted
    And each type of patient data is granted

  @id:g10.v1-scopes.patient-context @g10
  Scenario: Scopes of SMART 1.0 bring the patient in context too
    Given the SMART configuration
    And its "capabilities" holds "permission-v1"
    And a session of patient a with the public app for "launch/patient openid fhirUser offline_access patient/*.read"
    Then the patient in context is patient a
    And the app can read the Patient in context

  @id:launch.aud-foreign
  Scenario: The authorization server issues no token for another server
    Given a session of patient a with the public app
    When patient a signs in to the public app with the aud "https://fhir.attacker.example/r4"
    Then no code is issued

  @id:launch.aud-missing
  Scenario: An authorization request that names no server is refused
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "aud"
    Then no code should be issued

  @id:g10.granular-selection.sub-scopes @g10
  Scenario: A patient grants categories in place of all conditions and observations
    Given a session of patient a with the public app
    When patient a grants the public app categories of Condition and Observation
    And the app exchanges its code
    Then a token is issued
    And Condition and Observation are granted by category alone

  @id:launch.aud-<id>
  Scenario Outline: The authorization server issues no token <how>
    Given a session of patient a with the public app
    When patient a signs in to the public app <how>
    Then no code is issued

    Examples:
      | id             | how                                        |
      | lookalike      | with an aud on a lookalike host            |
      | below-the-base | with an aud below the FHIR base            |
      | in-a-query     | with the FHIR base in the query of its aud |
      | twice          | with two auds                              |

  @id:launch.unknown-parameters
  Scenario: Parameters of no meaning change nothing
    When patient a signs in to the public app with parameters of no meaning
    Then the app receives a code

  @id:launch.user-denies
  Scenario: A patient who denies access gives no code
    Given a session of patient a with the public app
    When patient a denies the public app
    Then no code is issued
    And the app should receive the error "access_denied"

  @id:scope.unconsented
  Scenario: What the patient leaves unticked is not granted
    Given a session of patient a with the public app
    When patient a signs in to the public app and consents to all but Condition
    And the app exchanges its code
    Then the granted scopes give no access to Condition
