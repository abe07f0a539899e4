Feature: Scopes
  What was not granted is not given, by whatever door. Judged by the scopes granted, not by those asked for. A refusal for
  want of a scope should have the status 403 (US Core: insufficient scopes), not 401 (no valid token) or 404.
  SMART App Launch 2.0.0, Scopes and Launch Context; US Core 6.1.0, Security.

  @id:scope.type-not-granted-read @security
  Scenario: A resource of a type that was not granted cannot be read
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Condition
    And patient a has a Condition
    When the app reads that Condition
    Then access is denied
    And the status should be 403

  @id:scope.type-not-granted-search @security
  Scenario: Resources of a type that was not granted cannot be found
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Condition
    And patient a has a Condition
    When the app requests "Condition?patient={patient}"
    Then access is denied
    And the status should be 403

  @id:scope.include-type-not-granted @security
  Scenario: An include does not bring what was not granted
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Provenance
    And patient a's own search "Patient?_id={patient}&_revinclude=Provenance:target" brings a Provenance
    When the app requests "Patient?_id={patient}&_revinclude=Provenance:target"
    Then no Provenance is disclosed

  @id:scope.read-only-<id> @security
  Scenario Outline: A token that may only read cannot <do>
    Given a session of patient a with the public app
    And that token reads the patient
    And the granted scopes only read and search
    When the app sends <change>
    Then the change is refused
    And the change should be refused before it is looked at
    And the patient is as before

    Examples:
      | id     | do      | change                                 |
      | create | create  | an Observation without status and code |
      | update | replace | its own Patient as it is               |
      | patch  | patch   | an empty patch of its own Patient      |
      | delete | delete  | a deletion of what does not exist      |
