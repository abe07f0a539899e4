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

  @id:scope.<id> @security
  Scenario Outline: A token for the Patient alone shows nothing else by <way>
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Condition
    And that token reads the patient
    When the app exceeds its scopes by <way>, if supported
    Then nothing that was not granted is disclosed

    Examples:
      | id                            | way                                    |
      | vread-not-granted             | reading a version                      |
      | vread-and-history-not-granted | the history of a resource              |
      | history-type-not-granted      | the history of a type                  |
      | history-system-not-granted    | the history of the server              |
      | parts-not-granted             | reading parts of a resource            |
      | formats-not-granted           | reading in another format              |
      | post-search-not-granted       | a search by POST                       |
      | context-not-granted           | a search by what belongs to the record |
      | revinclude-type-not-granted   | a reverse include from the Patient     |
      | revinclude-all-not-granted    | a reverse include of everything        |
      | compartment-search            | the patient's compartment              |
      | system-search                 | a search across all types              |
      | everything-filtered           | $everything                            |
      | docref-not-granted            | $docref                                |
      | operations-not-granted        | another operation                      |
      | graphql-not-granted           | GraphQL                                |
      | batch-entry-not-granted       | a batch                                |
      | transaction-entry-not-granted | a transaction of reads                 |
      | refused-on-attachment         | reading a Binary                       |
      | asynchronous-not-granted      | an asynchronous search                 |

  @id:scope.user-limited-to-self<id> @security
  Scenario Outline: A patient's user scopes reach no other patient by <way>
    Given a session of patient a with the public app for "launch/patient openid fhirUser user/*.rs"
    And a scope of the level user was granted
    And that token reads the patient
    When that token asks for patient b by <way>
    Then nothing of patient b's record is disclosed

    Examples:
      | id          | way                 |
      | -read       | reading the Patient |
      | -search     | a search by patient |
      | -no-patient | naming no patient   |

  @id:scope.read-without-search @security
  Scenario: Who may only read cannot search
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs patient/Condition.r"
    And the granted scopes do not search Condition
    And patient a has a Condition
    And that token reads the patient
    When the app requests "Condition?patient={patient}"
    Then access is denied

  @id:scope.search-without-read @security
  Scenario: Who may only search cannot read
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs patient/Condition.s"
    And the granted scopes do not read Condition
    And patient a has a Condition
    And that token reads the patient
    When the app reads that Condition
    Then access is denied

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

  @id:scope.malformed-v2 @security
  Scenario: A scope that says nothing grants nothing
    Given a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient patient/Patient.rs patient/Condition.x"
    Then no scope for Condition is granted
    And what is granted opens no Condition beyond its scopes

  @id:scope.unknown-scope @security
  Scenario: A scope that nobody knows grants nothing
    Given a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient patient/Patient.rs probity:everything"
    Then no scope for Condition is granted
    And what is granted opens no Condition beyond its scopes

  @id:scope.empty @security
  Scenario: An app that asks for no scope gets no more than it is told
    Given a session of patient a with the public app
    When patient a signs in to the public app without the "scope"
    Then what is granted opens no Condition beyond its scopes

  @id:scope.patient-context-established @security
  Scenario: A patient's scopes without a launch scope are for that patient alone
    Given patient b's record, as patient b sees it
    When patient a signs in to the public app and asks for "openid fhirUser patient/*.rs"
    Then what is granted reads patient a alone

  @id:scope.refresh-token-needs-offline @security
  Scenario: No lasting access is given that nobody asked for
    Given a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient openid patient/Patient.rs"
    Then what is granted should have no refresh_token

  @id:openid.no-id-token-without-openid @security
  Scenario: No identity is given that nobody asked for
    Given a session of patient a with the public app
    When patient a signs in to the public app and asks for "launch/patient patient/Patient.rs"
    Then what is granted should have no id_token

  @id:scope.count-not-granted @security
  Scenario: What was not granted is not counted
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Condition
    And patient a has a Condition
    And that token reads the patient
    When the app counts Condition
    Then no Condition is counted

  @id:scope.has-oracle-type-not-granted @security
  Scenario: What was not granted is not told by a reverse chain
    Given a session of patient a with the public app for "launch/patient openid patient/Patient.rs"
    And the granted scopes give no access to Condition
    And patient a has a Condition
    And that token reads the patient
    When the app asks "Patient?_id={patient}&_has:Condition:patient:code={Condition.code}" with what patient a's record shows and with what nobody has
    Then they do not differ
