Feature: Authorization codes
  A code is good once, for the app that asked, with the redirect URI it was asked for.
  RFC 6749 4.1.2, 4.1.3 and 10.5; RFC 9700 2.1.

  @id:code.unknown @security
  Scenario: An invented code gives nothing
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with an invented code
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:code.<id> @security
  Scenario Outline: A code is not exchanged with <change>
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with <change>
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant" or "invalid_request"

    Examples:
      | id                             | change                             |
      | redirect-uri-mismatch-at-token | a redirect_uri that is not its own |
      | redirect-uri-missing-at-token  | no redirect_uri                    |
      | redirect-uri-other-host        | a redirect_uri on another host     |
      | tampered                       | a code with another character      |
      | missing                        | no code                            |
      | used-as-refresh-token          | its code as a refresh token        |

  @id:code.other-client @security
  Scenario: A code is worthless to another app
    Given a session of patient a with the second app
    And patient a has signed in to the public app
    When the second app exchanges the code
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:code.reuse-immediate @security
  Scenario: A code that was used a moment ago gives nothing more
    Given patient a has signed in to the public app
    And the app has exchanged its code for a token
    When the app exchanges its code again at once
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:code.reuse-revokes-refresh-token @security
  Scenario: Using a code twice revokes the refresh token that it gave
    Given patient a has signed in to the public app
    And the app has exchanged its code for a token
    And a refresh token
    When the app exchanges its code again after the servers had time to agree
    Then its refresh token should bring no token

  @id:code.reuse-after-delay @security
  Scenario: A code that was used gives nothing more
    Given patient a has signed in to the public app
    And the app has exchanged its code for a token
    When the app exchanges its code again after the servers had time to agree
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:code.reuse-revokes-access-token @security
  Scenario: Using a code twice revokes what it gave
    Given patient a has signed in to the public app
    And the app has exchanged its code for a token
    And that token reads the patient
    When the app exchanges its code again after the servers had time to agree
    Then that token should no longer read the patient

  @id:code.concurrent-exchange @security
  Scenario: Of two exchanges at the same time one gives a token at most
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code twice at the same time
    Then at most one of the two gives a token

  @id:<id> @security
  Scenario Outline: A code is not exchanged <how>
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code <how>
    Then no token is issued

    Examples:
      | id                        | how                            |
      | token.get-method          | by GET                         |
      | token.params-in-query     | with its parameters in the URL |
      | token.duplicate-parameter | with two grant types           |

  @id:errors.token-json-body @security
  Scenario: A code should be exchanged by a form alone
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code as a JSON document
    Then no token should be issued

  @id:code.expired @security
  Scenario: A code is worth nothing after its time
    Given a session of patient a with the short-lived app
    And patient a has signed in to the short-lived app
    When the app exchanges its code after its time
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:token.unknown-parameter-ignored
  Scenario: The token endpoint overlooks a parameter that it does not know
    Given patient a has signed in to the public app
    When the app exchanges its code with a parameter of no meaning
    Then a token is issued
