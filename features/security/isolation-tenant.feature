Feature: One tenant cannot reach another
  A token of one tenant is nothing at the next one, even where ids are the same.
  RFC 9700 2.3 and 4.9; SMART App Launch 2.0.0, App Launch: aud.

  @id:isolation-tenant.token-at-other-base @security
  Scenario: A token of this tenant opens nothing at the other
    Given a session of patient a with the public app
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    When the patient of the other tenant is read with this tenant's token
    Then access is denied
    And the status should be 401, 403 or 404

  @id:isolation-tenant.every-way @security
  Scenario: A token of this tenant opens the other's record by no way to ask
    Given a session of patient a with the public app
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    When the record at the other tenant is asked for there with this tenant's token
    Then nothing of the other tenant's record is disclosed

  @id:isolation-tenant.<id> @security
  Scenario Outline: No <kind> at this tenant lead to the other's record
    Given a session of patient a with the public app
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    When the record at the other tenant is asked for here by <kind> there
    Then nothing of the other tenant's record is disclosed

    Examples:
      | id               | kind               |
      | path-confusion   | paths that lead    |
      | header-confusion | headers that point |

  @id:isolation-tenant.code-at-other-token-endpoint @security
  Scenario: A code of this tenant gives nothing at the other's token endpoint
    Given a session at the other tenant of patient a with the public app
    And patient a has signed in to the public app
    When the code is exchanged at the other tenant
    Then no token is issued
    And the refusal should be 400 with error "invalid_grant"

  @id:isolation-tenant.introspect-foreign @security
  Scenario: A token of this tenant is not active at the other
    Given a session of patient a with the confidential app
    And that token reads the patient
    And a session at the other tenant of patient a with the confidential app
    And a token of the other tenant is active there
    When the access token is introspected at the other tenant
    Then the token is introspected as inactive
    And nothing else should be told of it

  @id:isolation-tenant.discovery-self-consistent @security
  Scenario: The configuration of the other tenant leads to that tenant
    Given the SMART configuration of the other tenant
    Then no address in it leads to this tenant

  @id:isolation-tenant.issuer-distinct @security
  Scenario: Each tenant's identity comes from its own issuer
    Given a session of patient a with the public app
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    Then the id_token of each tenant is from its own issuer

  @id:isolation-tenant.launch-foreign @security
  Scenario: A launch handle of this tenant is worthless at the other
    Given a session from an EHR launch
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    When patient b signs in at the other tenant with a launch handle of the EHR
    Then what is granted has not the context of that launch

  @id:isolation-tenant.revoke-foreign @security
  Scenario: Another tenant does not end the access to this one
    Given a session at the other tenant of patient a with the public app
    And a session of its own of patient a with the public app
    And a refresh token
    And a revocation endpoint
    And the app has used its refresh token
    When its refresh token is revoked at the other tenant
    Then its refresh token still brings a token

  @id:isolation-tenant.unknown-tenant @security
  Scenario: A tenant that does not exist shows nobody's record
    Given a session of patient a with the public app
    And that token reads the patient
    When patient a's record is read at tenants that there are not
    Then access is denied

  @id:isolation-tenant.concurrency @security
  Scenario: Two tenants that are asked at the same time are not mixed up
    Given a session of patient a with the public app
    And that token reads the patient
    And a session at the other tenant of patient a with the public app
    When the patients of both tenants ask for their own records at the same time
    Then each is shown their own
