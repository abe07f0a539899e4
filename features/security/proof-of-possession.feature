@security
Feature: Tokens that are bound to a key of the app
  A token that is bound to a key is worth nothing to a thief who has no key. Where the server says that it binds tokens, the
  binding must hold. Demonstrating Proof of Possession, RFC 9449.

  Background:
    Given the server binds tokens to keys

  @id:dpop.token-bound
  Scenario: A token that is asked for with a proof is bound to its key
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with a proof of its key
    Then a token is issued
    And the token is bound to the key

  @id:dpop.read.<id>
  Scenario Outline: A bound token opens nothing with <what>
    Given a session bound to a key of patient a with the public app
    And that bound token reads the patient
    When the patient is read with <what>
    Then access is denied
    And the status should be 401

    Examples:
      | id            | what                                |
      | bearer        | its token as a bearer token         |
      | no-proof      | no proof                            |
      | method        | a proof for another method          |
      | url           | a proof for another URL             |
      | token-hash    | a proof for another token           |
      | no-token-hash | a proof for no token                |
      | key           | a proof of another key              |
      | age           | a proof of yesterday                |
      | unsigned      | a proof without a signature         |
      | signature     | a proof with a broken signature     |
      | shared-secret | a proof signed with its public key  |
      | private-key   | a proof that shows its private key  |
      | type          | a proof of another type             |

  @id:dpop.replay
  Scenario: A proof opens the record once
    Given a session bound to a key of patient a with the public app
    And that bound token reads the patient
    When the patient is read with a proof that was used
    Then access is denied

  @id:dpop.challenge
  Scenario: The refusal of a wrong proof says how to authenticate
    Given a session bound to a key of patient a with the public app
    And that bound token reads the patient
    When the patient is read with a proof with a broken signature
    Then access is denied
    And the refusal should challenge with the scheme DPoP

  @id:dpop.exchange.<id>
  Scenario Outline: No code is exchanged with <what>
    Given a session bound to a key of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with <what>
    Then no token is issued
    And the refusal should be 400 with error "invalid_dpop_proof"

    Examples:
      | id            | what                               |
      | method        | a proof for another method         |
      | url           | a proof for another URL            |
      | age           | a proof of yesterday               |
      | unsigned      | a proof without a signature        |
      | signature     | a proof with a broken signature    |
      | shared-secret | a proof signed with its public key |
      | private-key   | a proof that shows its private key |
      | type          | a proof of another type            |

  @id:dpop.named-key
  Scenario: A code is not exchanged with another key than the one that its request named
    Given a session bound to a key of patient a with the public app
    And patient a has signed in to the public app for a key
    When the app exchanges its code with the proof of a key that it did not name
    Then no token is issued

  @id:dpop.refresh.<id>
  Scenario Outline: A refresh token of a public app brings no token with <what>
    Given a session of its own bound to a key of patient a with the public app
    And a refresh token
    And the app has used its refresh token with its proof
    When the app uses its refresh token with <what>
    Then no token is issued

    Examples:
      | id       | what                   |
      | no-proof | no proof               |
      | key      | a proof of another key |
