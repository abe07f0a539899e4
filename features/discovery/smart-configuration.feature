Feature: SMART configuration
  An app learns from [base]/.well-known/smart-configuration where to ask for access and what the server can do.
  SMART App Launch 2.0.0, Conformance.

  @id:smart.discovery.well-known
  Scenario: The SMART configuration is public JSON
    When the SMART configuration is requested without credentials
    Then the status is 200
    And the content type is "application/json"
    And the body is a JSON object

  @id:smart.discovery.required-fields
  Scenario: It names the endpoints and abilities that an app needs
    Given the SMART configuration
    Then the document conforms to the schema "smart-configuration"
    And its "grant_types_supported" holds "authorization_code"

  @id:smart.discovery.pkce-methods
  Scenario: It offers PKCE with S256 and never plain
    Given the SMART configuration
    Then its "code_challenge_methods_supported" holds "S256"
    And its "code_challenge_methods_supported" does not hold "plain"

  @id:smart.discovery.issuer-jwks
  Scenario: A server that signs people in says who it is and where its keys are
    Given the SMART configuration
    And its "capabilities" holds "sso-openid-connect"
    Then its "issuer" is present
    And its "jwks_uri" is present

  @id:discovery.absolute-https
  Scenario: Every endpoint is an absolute https URL
    Given the SMART configuration
    Then every endpoint in it is encrypted in transit
    And every endpoint in it should be an absolute URL

  @id:g10.discovery.capabilities-standalone
  Scenario: It claims every capability of the patient standalone scenario
    Given the SMART configuration
    Then its "capabilities" holds each of:
      | launch-standalone              |
      | client-public                  |
      | client-confidential-symmetric  |
      | client-confidential-asymmetric |
      | sso-openid-connect             |
      | context-standalone-patient     |
      | permission-offline             |
      | permission-patient             |
      | permission-v1                  |
      | permission-v2                  |
      | authorize-post                 |

  @id:g10.discovery.capabilities-ehr
  Scenario: It claims every capability of the EHR launch scenario
    Given the SMART configuration
    Then its "capabilities" holds each of:
      | launch-ehr                     |
      | client-confidential-symmetric  |
      | client-confidential-asymmetric |
      | sso-openid-connect             |
      | context-banner                 |
      | context-style                  |
      | context-ehr-patient            |
      | context-ehr-encounter          |
      | permission-offline             |
      | permission-user                |
      | permission-v1                  |
      | permission-v2                  |
      | authorize-post                 |

  @id:discovery.grants-truthful @security
  Scenario: It offers no grant that was given up
    Given the SMART configuration
    Then its "grant_types_supported" does not hold "password"
    And its "grant_types_supported" does not hold "implicit"
    And its "response_types_supported" does not hold "token"

  @id:discovery.metadata-no-secrets @security
  Scenario: It tells no secret
    Given the SMART configuration
    Then no member of it is a secret

  @id:discovery.endpoints-alive
  Scenario: The endpoints that it names are there
    Given the SMART configuration
    When the token, introspection and revocation endpoints are sent nothing
    Then each of them should be there

  @id:discovery.registration-not-open @security
  Scenario: Nobody registers an app of nothing
    Given a registration endpoint
    When a registration of nothing is sent
    Then no app is registered
