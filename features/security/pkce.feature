Feature: Proof Key for Code Exchange
  A stolen code is worthless without the verifier that its thief does not have.
  RFC 7636 4; SMART App Launch 2.0.0, App Launch: Considerations for PKCE support; RFC 9700 2.1.1.

  @id:pkce.<id> @security
  Scenario Outline: A code is not exchanged with <verifier>
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with <verifier>
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant" or "invalid_request"

    Examples:
      | id                          | verifier                             |
      | wrong-verifier              | another code_verifier                |
      | missing-verifier            | no code_verifier                     |
      | empty-verifier              | an empty code_verifier               |
      | verifier-equals-challenge   | the code_challenge as code_verifier  |
      | verifier-case-change        | the code_verifier in other case      |
      | verifier-from-other-session | the code_verifier of another sign-in |
      | verifier-trailing-bytes     | a longer code_verifier               |
      | verifier-duplicate          | two code_verifiers                   |

  @id:pkce.wrong-verifier-confidential @security
  Scenario: The right secret does not excuse the wrong verifier
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app exchanges its code with another code_verifier
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant" or "invalid_request"

  @id:pkce.plain-method-rejected @security
  Scenario: The plain method gives no code
    Given a session of patient a with the public app
    When patient a signs in to the public app with the code_challenge_method "plain"
    Then no code is issued

  @id:pkce.unknown-method @security
  Scenario: An unknown method gives no code
    Given a session of patient a with the public app
    When patient a signs in to the public app with an unknown code_challenge_method
    Then no code is issued

  @id:pkce.challenge-malformed @security
  Scenario: A challenge that is no hash gives no code
    Given a session of patient a with the public app
    When patient a signs in to the public app with a code_challenge of three characters
    Then no code should be issued

  @id:pkce.no-challenge-confidential @security
  Scenario: A confidential app without a challenge gets no code
    Given a session of patient a with the confidential app
    When patient a signs in to the confidential app without the "code_challenge"
    Then no code is issued

  @id:pkce.no-challenge-public @security
  Scenario: A public app without a challenge gets no code
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "code_challenge"
    Then no code is issued
