Feature: Access tokens
  The record opens to the token that was issued for it, and to nothing that resembles one.
  RFC 6750 2 and 3; SMART App Launch 2.0.0, App Launch: Access FHIR API; RFC 8725 3.

  @id:token.<id> @security
  Scenario Outline: The record does not open to <credential>
    Given a session of patient a with the public app
    And that token reads the patient
    When the patient is read with <credential>
    Then access is denied
    And the status should be 401

    Examples:
      | id                            | credential                      |
      | no-credentials                | no token                        |
      | garbage                       | an invented token               |
      | altered                       | the token with other characters |
      | wrong-scheme                  | the token under another scheme  |
      | query-parameter               | the token in the query          |
      | id-token-as-access-token      | the id_token                    |
      | refresh-token-as-access-token | the refresh token               |

  @id:token.<id>-every-endpoint @security
  Scenario Outline: No way to the record is open <how>
    Given a session of patient a with the public app
    And that token reads the patient
    When patient a's record is asked for by every way <how>
    Then nothing of patient a's record is disclosed

    Examples:
      | id             | how                    |
      | no-credentials | without a token        |
      | garbage        | with an invented token |

  @id:token.code-as-access-token @security
  Scenario: The record does not open to an authorization code
    Given a session of patient a with the public app
    And that token reads the patient
    And patient a has signed in to the public app
    When the patient is read with the unused code
    Then access is denied
    And the status should be 401

  @id:token.lifetime-one-hour @security
  Scenario: An access token does not live long
    Given a session of patient a with the public app
    And that token reads the patient
    Then the access token should end within 3600 seconds

  @id:token.scheme-case-insensitive
  Scenario: The name of the scheme may be written in any case
    Given a session of patient a with the public app
    And that token reads the patient
    When the patient is read with that token under the scheme bEARER
    Then the status is 200
    And the resource is the Patient in context

  @id:token.<id> @security
  Scenario Outline: A signed token does not survive <change>
    Given a session of patient a with the public app
    And that token reads the patient
    And access tokens are JSON Web Tokens
    When the patient is read with <change>
    Then access is denied
    And the status should be 401

    Examples:
      | id                       | change                                                    |
      | tampered                 | the token with another signature                          |
      | jwt-alg-none             | the token with alg none and no signature                  |
      | jwt-signature-stripped   | the token without its signature                           |
      | jwt-scope-claim-edited   | the token with wider scopes in its claims                 |
      | jwt-hmac-with-public-key | the token signed with the issuer's public key as a secret |
      | jwt-embedded-jwk         | the token signed with a key in its own header             |
      | jwt-kid-injection        | the token with a kid that is a path or a query            |

  @id:token.jwt-foreign-jku @security
  Scenario: A token cannot say where its key lies
    Given a session of patient a with the public app
    And that token reads the patient
    And access tokens are JSON Web Tokens
    And an address of the app that the server can reach
    When the patient is read with the token signed with a key at that address
    Then the server has not called that address
    And access is denied
    And the status should be 401

  @id:token.jwt-patient-claim-edited @security
  Scenario: A token cannot be rewritten for another patient
    Given a session of patient a with the public app
    And that token reads the patient
    And a session of patient b with the public app
    And access tokens are JSON Web Tokens
    When patient b's record is read with the token of patient a rewritten for patient b
    Then nothing of patient b is disclosed
    And the status should be 401

  @id:token.two-authorization-headers @security
  Scenario: Two tokens in one request open no two records
    Given a session of patient a with the public app
    And that token reads the patient
    And a session of patient b with the public app
    When both patients are read with the tokens of a and b in one request
    Then no order of the tokens opens both records

  @id:token.header-and-query-mix @security
  Scenario: A token in the query does not stand in for the one in the header
    Given a session of patient a with the public app
    And that token reads the patient
    And a session of patient b with the public app
    When patient b is read with patient a's token in the header and patient b's in the query
    Then nothing of patient b is disclosed

  @id:token.older-api-version @security
  Scenario: Other versions of the API are as closed as this one
    Given a session of patient a with the public app
    And that token reads the patient
    And a session of patient b with the public app
    When patient b is read at other versions of the API, with patient a's token and with none
    Then nothing of patient b is disclosed

  @id:token.www-authenticate @security
  Scenario: A refusal says how to ask properly
    Given access to the target needs authorization
    When the patient is read with no token
    Then a refusal with 401 says how to authenticate

  @id:expired.not-too-early
  Scenario: A token reads for as long as the server has said
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    When three quarters of the token's life have passed
    Then the token still reads the patient

  @id:expired.read @security
  Scenario: An expired token reads nothing
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    And the token has expired
    When the app reads the patient in context
    Then access is denied
    And the status should be 401

  @id:token.jwt-exp-edited @security
  Scenario: An expired token cannot be given a later end
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    And access tokens are JSON Web Tokens
    And the token has expired
    When the patient is read with the token with a later end in its claims
    Then access is denied
    And the status should be 401

  @id:expired.search @security
  Scenario: An expired token finds nothing
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    And the token has expired
    When the app requests "Observation?patient={patient}&category=vital-signs"
    Then access is denied
    And the status should be 401

  @id:expired.every-endpoint @security
  Scenario: No way to the record is open to an expired token
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    And the token has expired
    When patient a's record is asked for by every way with that token
    Then nothing of patient a's record is disclosed

  @id:expired.refresh-recovers
  Scenario: A refresh token outlives the access token
    Given a session of its own of patient a with the short-lived app
    And a refresh token
    And that token reads the patient
    And the token has expired
    When the app uses its refresh token
    Then a token is issued
    And the app can read the Patient in context

  @id:expired.error-invalid-token @security
  Scenario: The refusal of an expired token says that the token is at fault
    Given a session of its own of patient a with the short-lived app
    And that token reads the patient
    And the token has expired
    When the app reads the patient in context
    Then the header "www-authenticate" should hold "invalid_token"
