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

  @id:smart.refresh.body-without-scope
  Scenario: A refresh that names no scopes grants none beyond the first ones
    Given a session of its own of patient a with the public app
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the token response conforms to the schema "token-response"
    And the token response has "expires_in"
    And no scope is granted beyond those granted before

  @id:smart.refresh.with-scope
  Scenario: A refresh may name the scopes that were granted
    Given a session of its own of patient a with the public app
    And a refresh token
    When the app uses its refresh token for the scopes that it was granted
    Then a token is issued

  @id:smart.refresh.body-with-scope
  Scenario: A refresh that names the scopes grants them and no others
    Given a session of its own of patient a with the public app
    And a refresh token
    When the app uses its refresh token for the scopes that it was granted
    Then a token is issued
    And the token response conforms to the schema "token-response"
    And the token response has "expires_in"
    And no scope is granted beyond those granted before

  @id:smart.refresh.headers
  Scenario: The answer to a refresh must not be stored
    Given a session of its own of patient a with the public app
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the header "cache-control" should hold "no-store"
    And the header "pragma" should hold "no-cache"

  @id:smart.refresh.confidential
  Scenario: A confidential app refreshes its token with its secret
    Given a session of its own of patient a with the confidential app
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the app can read the Patient in context

  @id:smart.refresh.asymmetric
  Scenario: An asymmetric app refreshes its token with a signed assertion
    Given a session of its own of patient a with the asymmetric app
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the app can read the Patient in context

  @id:smart.refresh.ehr
  Scenario: The refresh of a session that the EHR began keeps its patient
    Given a session of its own from an EHR launch
    And a refresh token
    When the app uses its refresh token
    Then a token is issued
    And the app can read the Patient in context

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

  @id:refresh.scope-narrowed
  Scenario: A refresh can narrow what was granted
    Given a session of its own of patient a with the public app for "launch/patient openid offline_access patient/Patient.rs patient/Condition.rs"
    And a refresh token
    And the app has used its refresh token
    When the app uses its refresh token for "launch/patient openid offline_access patient/Patient.rs"
    Then a token is issued
    And no access to Condition is granted

  @id:<id> @security
  Scenario Outline: A new access token does not come for <token>
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the app uses <token>
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

    Examples:
      | id                                  | token                                    |
      | refresh.unknown                     | an invented refresh token                |
      | refresh.tampered                    | its refresh token with another character |
      | token.access-token-as-refresh-token | its access token as a refresh token      |

  @id:refresh.<id> @security
  Scenario Outline: A confidential app gets nothing for <token>
    Given a session of its own of patient a with the confidential app
    And a refresh token
    And the app has used its refresh token
    When the app uses <token>
    Then no token is issued
    And the refusal should be 400 or 401 with error "invalid_client"

    Examples:
      | id             | token                                 |
      | no-client-auth | its refresh token without its secret  |
      | wrong-secret   | its refresh token with a wrong secret |

  @id:isolation-tenant.refresh-at-other-token-endpoint @security
  Scenario: A refresh token of this tenant is worthless at the other
    Given a session at the other tenant of patient a with the public app
    And a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the refresh token is used at the other tenant
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

  @id:refresh.reuse-revokes-family @security
  Scenario: The use of a replaced refresh token ends the session
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    And the token response has another refresh token
    When the replaced refresh token has been used
    Then its refresh token should bring no token

  @id:refresh.old-token-dead-after-rotation @security
  Scenario: A refresh token that was replaced long ago is dead
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    And the token response has another refresh token
    And the app has used its refresh token
    And the app has used its refresh token
    Then the refresh token that was replaced brings no token

  @id:refresh.<id> @security
  Scenario Outline: A refresh token is not used <how>
    Given a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the app uses its refresh token <how>
    Then no token is issued

    Examples:
      | id              | how                            |
      | get-method      | by GET                         |
      | params-in-query | with its parameters in the URL |

  @id:refresh.tenant-and-server-bound @security
  Scenario: A refresh token of this tenant brings no token for the other
    Given a session at the other tenant of patient a with the public app
    And a session of its own of patient a with the public app
    And a refresh token
    And the app has used its refresh token
    When the app uses its refresh token for the FHIR server of the other tenant
    Then no token is issued that reads the patient of the other tenant

  @id:openid.refreshed-id-token @security
  Scenario: A refresh changes nobody into somebody else
    Given a session of its own of patient a with the public app
    And an id_token
    And a refresh token
    When the app uses its refresh token
    Then the new id_token, if there is one, is for the same person, app and issuer
