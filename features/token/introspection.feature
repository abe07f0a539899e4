Feature: Token introspection
  The authorization server says of a token whether it is alive and what it grants, to those who may ask.
  RFC 7662 2; SMART App Launch 2.0.0, Token Introspection.

  @id:smart.introspection.active
  Scenario: A live token is introspected as active with its context
    Given a session of patient a with the confidential app
    And an introspection endpoint
    When the app introspects its access token
    Then the status is 200
    And the document conforms to the schema "introspection-active"
    And the introspected context is that of the session

  @id:introspection.subject
  Scenario: The introspected person is the one of the id_token
    Given a session of patient a with the confidential app
    And an introspection endpoint
    And an id_token
    When the app introspects its access token
    Then the introspected issuer and subject are those of the id_token

  @id:introspection.end
  Scenario: Introspection and token response agree on when the token ends
    Given a session of patient a with the confidential app
    And an introspection endpoint
    When the app introspects its access token
    Then the introspected end should be that of the token response

  @id:<id>
  Scenario Outline: <Token> is introspected as inactive and nothing else
    Given a session of patient a with the confidential app
    And an introspection endpoint
    And the app has introspected its access token
    When the app introspects <token>
    Then the token is introspected as inactive
    And nothing else should be told of it

    Examples:
      | id                          | Token            | token                                   |
      | smart.introspection.invalid | An unknown token | an invented token                       |
      | introspection.altered       | A changed token  | its access token with another character |

  @id:introspection.id-token
  Scenario: An id_token is not introspected as active
    Given a session of patient a with the confidential app
    And an introspection endpoint
    And the app has introspected its access token
    When the app introspects its id_token
    Then the token is not introspected as active

  @id:introspection.missing-token
  Scenario: A question about no token is refused
    Given a session of patient a with the confidential app
    And an introspection endpoint
    And the app has introspected its access token
    When the app introspects no token
    Then the refusal should be 400 with error "invalid_request"

  @id:introspection.<id> @security
  Scenario Outline: Who asks <how> learns nothing of a token
    Given a session of patient a with the confidential app
    And an introspection endpoint
    And the app has introspected its access token
    When the access token is introspected <how>
    Then the introspection should be refused
    And whose token it is remains untold

    Examples:
      | id              | how                      |
      | no-credentials  | without credentials      |
      | client-id-alone | with its client_id alone |
      | wrong-secret    | with a wrong secret      |

  @id:expired.introspection-inactive @security
  Scenario: An expired token is introspected as inactive
    Given a session of its own of patient a with the short-lived app
    And an introspection endpoint
    And the confidential app has introspected the access token
    And the token has expired
    When the confidential app introspects the access token
    Then the token is introspected as inactive

  @id:introspection.no-phi @security
  Scenario: Introspection tells who somebody is, and nothing of what they are like
    Given a session of patient a with the confidential app
    And an introspection endpoint
    When the app introspects its access token
    Then the status is 200
    And nothing of the person's data is told
