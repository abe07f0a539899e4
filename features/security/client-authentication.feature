Feature: Client authentication
  A code or token of a confidential app is worth nothing without its credentials.
  RFC 6749 2.3, 3.2.1 and 5.2; SMART App Launch 2.0.0, Client Authentication.

  @id:client-auth.<id> @security
  Scenario Outline: A code is not exchanged with <credentials>
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app exchanges its code with <credentials>
    Then no token is issued
    And the refusal should be 400 or 401 with error "invalid_client"

    Examples:
      | id                  | credentials                                   |
      | wrong-secret-basic  | a wrong secret in the header                  |
      | wrong-secret-post   | a wrong secret in the body                    |
      | missing-secret      | its client_id and no secret                   |
      | empty-secret        | an empty secret                               |
      | unknown-client      | an unknown client_id                          |
      | secret-in-query     | its secret in the query                       |
      | basic-body-mismatch | another app's client_id beside its own secret |
      | client-id-variant   | its client_id in other case                   |

  @id:client-auth.two-methods @security
  Scenario: An app authenticates in one way at a time
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app exchanges its code with its secret in two places
    Then no token should be issued
    And the refusal should be 400 with error "invalid_request"

  @id:client-auth.<id> @security
  Scenario Outline: A code is not exchanged with <assertion>
    Given a session of patient a with the asymmetric app
    And patient a has signed in to the asymmetric app
    When the app exchanges its code with <assertion>
    Then no token is issued
    And the refusal should be 400 or 401 with error "invalid_client" or "invalid_request"

    Examples:
      | id                       | assertion                                           |
      | jwt-wrong-key            | an assertion signed with another key                |
      | jwt-alg-none             | an unsigned assertion                               |
      | jwt-hmac-with-public-key | an assertion signed with its public key as a secret |
      | jwt-foreign-jku          | an assertion that brings its own key                |
      | jwt-expired              | an assertion that has expired                       |
      | jwt-wrong-aud            | an assertion for another server                     |
      | jwt-wrong-iss            | an assertion by another app                         |
      | jwt-wrong-sub            | an assertion about another app                      |
      | jwt-missing-jti          | an assertion without a jti                          |
      | jwt-replayed-jti         | an assertion that was used                          |
      | jwt-wrong-assertion-type | an assertion of another type                        |

  @id:client-auth.jwt-key-elsewhere @security
  Scenario: An assertion cannot say where its key lies
    Given a session of patient a with the asymmetric app
    And an address of the app that the server can reach
    And patient a has signed in to the asymmetric app
    When the app exchanges its code with an assertion that names a key set at that address
    Then the server has not called that address
    And no token is issued
    And the refusal should be 400 or 401 with error "invalid_client" or "invalid_request"

  @id:client-auth.jwt-exp-too-far @security
  Scenario: An assertion lives for five minutes
    Given a session of patient a with the asymmetric app
    And patient a has signed in to the asymmetric app
    When the app exchanges its code with an assertion for a day
    Then no token should be issued

  @id:client-auth.<id> @security
  Scenario Outline: An app gets no token <grant>
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app asks for a token <grant>
    Then no token is issued
    And the refusal should be 400 with error "unsupported_grant_type" or "unauthorized_client"

    Examples:
      | id                       | grant                                 |
      | password-grant           | with a user's password                |
      | client-credentials-grant | with its own credentials alone        |
      | unknown-grant            | by an unknown grant type              |
      | token-exchange-grant     | for an access token with wider scopes |

  @id:client-auth.<id> @security
  Scenario Outline: An app gets no token <grant>
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app asks for a token <grant>
    Then no token is issued
    And the refusal should be 400 with error "unsupported_grant_type" or "unauthorized_client" or "invalid_grant"

    Examples:
      | id                | grant                                              |
      | jwt-bearer-grant  | for an assertion about a user that it wrote itself |
      | device-code-grant | for an invented device code                        |
