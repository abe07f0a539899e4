Feature: OpenID configuration and keys
  A server with the capability sso-openid-connect publishes its OpenID metadata and its public keys.
  OpenID Connect Discovery 1.0; SMART App Launch 2.0.0, Scopes and Launch Context.

  @id:smart.openid.configuration
  Scenario: The OpenID metadata is public JSON
    When the OpenID configuration is requested without credentials
    Then the status is 200
    And the content type is "application/json"
    And the body is a JSON object

  @id:openid.config-fields
  Scenario: The OpenID metadata is complete
    Given the OpenID configuration
    Then the document conforms to the schema "openid-configuration"

  @id:openid.config-no-none-alg
  Scenario: Identity tokens are never left unsigned
    Given the OpenID configuration
    Then its "id_token_signing_alg_values_supported" holds "RS256"
    And its "id_token_signing_alg_values_supported" should not hold "none"

  @id:discovery.issuer-metadata-match
  Scenario: The issuer is the same everywhere
    Given the OpenID configuration
    Then its "issuer" is the issuer under which it was found
    And its "token_endpoint" should be that of the SMART configuration
    And its "authorization_endpoint" should be that of the SMART configuration

  @id:smart.openid.jwks
  Scenario: The key set is public JSON
    When the JSON Web Key Set is requested without credentials
    Then the status is 200
    And the body is a JSON object

  @id:openid.jwks-no-private
  Scenario: The key set publishes public keys only
    Given the JSON Web Key Set
    Then the document conforms to the schema "jwks"
    And no key in it has a private part

  @id:openid.jwks-strength
  Scenario: Its keys are long enough
    Given the JSON Web Key Set
    Then every key in it is strong
