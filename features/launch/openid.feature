Feature: Identity of the person signed in
  The id_token says who signed in, signed by the server, for this app, now.
  OpenID Connect Core 1.0, 2 and 3.1.3.7; SMART App Launch 2.0.0, Scopes for requesting identity data.

  @id:<id>
  Scenario Outline: The <app> app receives an id_token for the scope openid
    Given a session of patient a with the <app> app
    And the scope openid was granted
    Then the token response has "id_token"

    Examples:
      | id                        | app          |
      | g10.public.id-token       | public       |
      | g10.confidential.id-token | confidential |
      | g10.asymmetric.id-token   | asymmetric   |

  @id:smart.openid.signature
  Scenario: The id_token is signed with a published key
    Given a session of patient a with the public app
    And an id_token
    Then its signature verifies with the published keys
    And its algorithm is "RS256"

  @id:smart.openid.claims
  Scenario: The id_token is for this app, from this issuer, and current
    Given a session of patient a with the public app
    And an id_token
    Then its claim "iss" is the issuer
    And its claim "aud" is the app
    And its claim "exp" lies ahead
    And its claim "iat" is now
    And its claim "sub" is a text of at most 255 characters

  @id:openid.nonce-echo
  Scenario: The id_token answers this very request
    Given a session of patient a with the public app
    And an id_token
    Then its claim "nonce" is the one of the request

  @id:smart.openid.fhir-user
  Scenario: The id_token names the person's own resource, and it can be read
    Given a session of patient a with the public app
    And an id_token
    And the scope fhirUser was granted
    Then its claim "fhirUser" is a Patient, Practitioner, RelatedPerson or Person
    And the app can read the fhirUser

  @id:openid.fhir-user-of-each
  Scenario: Another person's id_token names another person
    Given a session of patient a with the public app
    And a session of patient b with the public app
    And id_tokens of both
    Then their subjects differ, and so do the persons that fhirUser names
    And patient b's app can read the fhirUser of patient b

  @id:openid.aud-not-shared @security
  Scenario: The identity that one app is given is worthless at another
    Given a session of patient a with the public app
    And an id_token
    Then each id_token is for its own app alone

  @id:openid.at-hash
  Scenario: The id_token belongs to the access token that came with it
    Given a session of patient a with the public app
    And an id_token
    Then its claim "at_hash", if there is one, is of the access token

  @id:openid.userinfo @security
  Scenario: The userinfo endpoint tells of the person who signed in
    Given a session of patient a with the public app
    And an id_token
    And the OpenID configuration
    And a userinfo endpoint
    When the userinfo endpoint is asked with that token
    Then it tells the subject of the id_token

  @id:openid.userinfo-<id> @security
  Scenario Outline: The userinfo endpoint tells nothing <how>
    Given a session of patient a with the public app
    And that token reads the patient
    And the OpenID configuration
    And a userinfo endpoint
    When the userinfo endpoint is asked <how>
    Then it tells nobody

    Examples:
      | id           | how                    |
      | needs-token  | without a token        |
      | checks-token | with an invented token |
