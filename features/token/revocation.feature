Feature: Token revocation
  An app ends its access when it no longer needs it. Nobody else ends it.
  RFC 7009 2.

  @id:revocation.refresh-token
  Scenario: A revoked refresh token is dead
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When the app revokes its refresh token
    Then the status is 200
    And its refresh token brings no token

  @id:revocation.wrong-hint
  Scenario: A wrong hint does not keep a token alive
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When the app revokes its refresh token with a wrong hint
    Then its refresh token brings no token

  @id:revocation.cascade-access-token @security
  Scenario: A revoked refresh token takes the access token with it
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And that token reads the patient
    When the app revokes its refresh token
    Then that token should no longer read the patient

  @id:revocation.access-token @security
  Scenario: A revoked access token reads nothing
    Given a session of its own of patient a with the public app
    And a revocation endpoint
    And that token reads the patient
    When the app revokes its access token
    Then that token should no longer read the patient

  @id:revocation.unknown-token
  Scenario: The revocation of an unknown token is no error
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has revoked its refresh token
    When the app revokes an invented token
    Then the status should be 200

  @id:revocation.missing-token
  Scenario: The revocation of no token is refused
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has revoked its refresh token
    When the app revokes no token
    Then the refusal should be 400 with error "invalid_request"

  @id:revocation.<id> @security
  Scenario Outline: A refresh token is not revoked <how>
    Given a session of its own of patient a with the confidential app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When its refresh token is revoked <how>
    Then its refresh token still brings a token

    Examples:
      | id             | how                           |
      | no-client-auth | without the secret of its app |
      | wrong-secret   | with a wrong secret           |

  @id:revocation.other-client @security
  Scenario: An app cannot revoke the refresh token of another app
    Given a session of patient a with the second app
    And a session of its own of patient a with the confidential app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When its refresh token is revoked by another app
    Then its refresh token still brings a token

  @id:revocation.introspects-inactive @security
  Scenario: The access token of a revoked grant is introspected as inactive
    Given a session of its own of patient a with the confidential app
    And an introspection endpoint
    And a revocation endpoint
    And the app has introspected its access token
    And the app has revoked its refresh token
    When the app introspects its access token
    Then the token is introspected as inactive

  @id:revocation.get-method @security
  Scenario: A link revokes nothing
    Given a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When the app revokes its refresh token by GET
    Then its refresh token still brings a token

  @id:revocation.other-<id>-survive @security
  Scenario Outline: The end of one access leaves the access of <whom> alone
    Given a session of its own of patient a with the public app for "launch/patient openid offline_access patient/Patient.rs"
    And another session of its own of patient <user> with the <app> app for "launch/patient openid offline_access patient/Patient.rs"
    And a refresh token
    And a revocation endpoint
    When the app revokes its refresh token
    Then the other session still reads its patient

    Examples:
      | id       | whom           | user | app    |
      | apps     | other apps     | a    | second |
      | patients | other patients | b    | public |
