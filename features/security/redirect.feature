Feature: Redirect URIs
  A code goes to the registered redirect URI, compared character by character, and nowhere else.
  RFC 6749 3.1.2; RFC 9700 2.1 and 4.1.3.

  @id:redirect.<id> @security
  Scenario Outline: No code goes to a redirect URI with <place>
    Given a session of patient a with the public app
    When patient a signs in to the public app with <place> in its redirect URI
    Then no code is issued
    And the browser is not sent there

    Examples:
      | id                | place                |
      | unregistered-host | an unregistered host |
      | path-suffix       | a longer path        |
      | query-added       | an added query       |
      | lookalike-host    | a lookalike host     |
      | path-traversal    | a climbing path      |
      | scheme-downgrade  | another scheme       |
      | fragment          | a fragment           |
      | user-info         | a user name          |
      | script-scheme     | a script             |
      | trailing-slash    | a slash more         |
      | other-case        | a path in capitals   |

  @id:redirect.duplicate-parameter @security
  Scenario: Of two redirect URIs the one that is not registered gets nothing
    Given a session of patient a with the public app
    When patient a signs in to the public app with a second value in its redirect URI
    Then the browser is not sent there
    And no code should be issued

  @id:redirect.missing @security
  Scenario: Who names no redirect URI is not sent elsewhere
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "redirect_uri"
    Then the browser is not sent elsewhere

  @id:openid.request-object-unsigned @security
  Scenario: An unsigned request object decides nothing
    Given a session of patient a with the public app
    When patient a signs in to the public app with an unsigned request object
    Then the browser is not sent elsewhere

  @id:redirect.unknown-client @security
  Scenario: Nobody is redirected for an app that is not registered
    Given a session of patient a with the public app
    When patient a signs in to the public app with an unknown client_id
    Then no code is issued
    And the browser is not sent there

  @id:errors.authz-missing-client @security
  Scenario: Nobody is redirected for an app that does not say which it is
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "client_id"
    Then no code is issued
    And the browser is not sent there

  @id:errors.authz-two-<id> @security
  Scenario Outline: A request with two values of one parameter gives no code
    Given a session of patient a with the public app
    When patient a signs in to the public app with <two>
    Then no code should be issued

    Examples:
      | id         | two                 |
      | clients    | two client_ids      |
      | scopes     | two scopes          |
      | challenges | two code_challenges |

  @id:client-auth.implicit-response-type @security
  Scenario: No token comes in a redirect
    Given a session of patient a with the public app
    When patient a signs in to the public app with the response_type "token"
    Then no code is issued

  @id:redirect.unknown-response-type @security
  Scenario: An unknown response type gives no code
    Given a session of patient a with the public app
    When patient a signs in to the public app with an unknown response_type
    Then no code is issued
