Feature: Metadata of the FHIR server as a protected resource
  Apps learn from it which authorization server to trust. Where it is published, or named by a refusal, it must be right.
  OAuth 2.0 Protected Resource Metadata, RFC 9728.

  @id:resource.metadata @security
  Scenario: Published metadata is about this server
    Given the FHIR server publishes metadata of a protected resource
    Then the metadata is about the FHIR base
    And the metadata is JSON

  @id:resource.authorization-server @security
  Scenario: Published metadata leads to the authorization server of this tenant
    Given the FHIR server publishes metadata of a protected resource
    Then the metadata names the authorization server of the SMART configuration

  @id:resource.bearer-methods @security
  Scenario: Published metadata offers no tokens in URLs
    Given the FHIR server publishes metadata of a protected resource
    Then the metadata should not offer tokens in URLs

  @id:resource.challenge @security
  Scenario: The metadata that a refusal names is there and about this server
    When the metadata is asked for that a refusal names
    Then the metadata is JSON
    And the metadata is about the FHIR base
