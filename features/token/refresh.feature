Feature: Refresh tokens
  Access outlives the access token only through a refresh token, which is bound to its app and to what was granted.
  RFC 6749 6; RFC 9700 2.2.2 and 4.14; SMART App Launch 2.0.0, App Launch: Refresh access token.

  @id:smart.refresh.works
  Scenario: A refresh token gives a new access token
    Given a session of its own of patient a with the public app
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the header "cache-control" should hold "no-store"

  @id:g10.refresh.patient-read
  Scenario: The new access token reads the same patient
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the app reads the patient in context
    Then the status is 200
    And the resource is the Patient in context

  @id:refresh.scope-widened
  Scenario: A refresh cannot widen what was granted
    Given a session of its own of patient a with the public app for "launch/patient openid offline_access patient/Patient.rs"
    And a refresh token
    And the granted scopes give no access to Condition
    And the app has used its refresh token
    When the app uses its refresh token for "launch/patient openid offline_access patient/Patient.rs patient/Condition.rs"
    Then no access to Condition is granted

  @id:refresh.unknown
  Scenario: An invented refresh token gives nothing
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the app uses an invented refresh token
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:refresh.other-client
  Scenario: A refresh token is worthless to another app
    Given a session of patient a with the second app
    And a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the second app uses the refresh token
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:refresh.rotation-public
  Scenario: A public app's refresh token is replaced when it is used
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    Then the token response has another refresh token
    And the refresh token that was replaced brings no token

  @id:revocation.refresh-token
  Scenario: A revoked refresh token is dead
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When the app revokes its refresh token
    Then the status is 200
    And its refresh token brings no token

  @id:smart.introspection.active
  Scenario: A live token is introspected as active with its context
    Given a session of patient a with the confidential app
    And an introspection endpoint
    When the app introspects its access token
    Then the status is 200
    And the document conforms to the schema "introspection-active"
    And the introspected context is that of the session

  @id:smart.introspection.invalid
  Scenario: An invented token is introspected as inactive and nothing else
    Given a session of patient a with the confidential app
    And an introspection endpoint
    When the app introspects an invented token
    Then the status is 200
    And its "active" is "false"
