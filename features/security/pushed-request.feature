@security
Feature: Authorization requests that the app hands in itself
  The browser carries a reference in the place of the request. Who cannot change the request must not be able to change what
  comes of the reference either. Pushed Authorization Requests, RFC 9126.

  Background:
    Given the server takes pushed authorization requests

  @id:par.taken
  Scenario: A request that is pushed is taken
    Given a session of patient a with the public app
    When the public app pushes a request of patient a
    Then the request is taken

  @id:par.code
  Scenario: A reference leads to a code
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    When patient a signs in with the pushed request
    Then the app receives a code
    And the app receives its state unchanged

  @id:par.exchange
  Scenario: The code of a reference is exchanged by what was pushed
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    And patient a has signed in with the pushed request
    When the app exchanges its code
    Then a token is issued
    And the app can read the Patient in context

  @id:par.client.<id>
  Scenario Outline: No request is taken from a confidential app with <what>
    Given a session of patient a with the confidential app
    And the confidential app has pushed a request of patient a
    When the confidential app pushes a request of patient a with <what>
    Then no request is taken

    Examples:
      | id           | what                       |
      | wrong-secret | a wrong secret in the body |
      | no-secret    | its client_id and no secret |

  @id:par.request.<id>
  Scenario Outline: No request is taken with <what>
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    When the public app pushes a request of patient a with <what>
    Then no request is taken

    Examples:
      | id              | what                               |
      | reference       | a request_uri in it                |
      | redirect-uri    | a redirect_uri on another host     |
      | plain-challenge | the code_challenge_method "plain"  |

  @id:par.get
  Scenario: No request is taken by GET
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    When the public app pushes a request of patient a by GET
    Then no request is taken

  @id:par.unguessable
  Scenario: A reference cannot be guessed
    Given a session of patient a with the public app
    When the public app pushes sixteen requests of patient a
    Then their references cannot be guessed

  @id:par.once
  Scenario: A reference leads to a code once
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    And patient a has signed in with the pushed request
    When patient a signs in with the pushed request once more
    Then no code is issued

  @id:par.use.<id>
  Scenario Outline: No code comes of <what>
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    And patient a has signed in with the pushed request
    And the public app has pushed a request of patient a
    When patient a signs in with <what>
    Then no code is issued

    Examples:
      | id       | what                         |
      | other-app | another app's pushed request |
      | invented | an invented request_uri      |

  @id:par.parameters-beside
  Scenario: What the browser carries beside a reference changes nothing
    Given a session of patient a with the public app
    And the public app has pushed a request of patient a
    And patient a has signed in with the pushed request
    And the public app has pushed a request of patient a
    When patient a signs in with the pushed request and another state beside it
    Then the app receives no other state than the one it pushed
