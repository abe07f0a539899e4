Feature: What a person attests for certification
  No request shows these. A person looks, and answers for what they saw: `probity attest` asks and writes it down.
  A requirement is outstanding until somebody has answered for it, and never counts as passed.
  ONC (g)(10), test procedure.

  @id:<id> @g10 @attestation
  Scenario Outline: A person attests that <statement>
    Then a person attests that <statement>

    Examples:
      | id                               | statement                                              |
      | g10.attest.registration-single   | an app can be registered for access by patients        |
      | g10.attest.registration-multi    | an app can be registered for access to many patients   |
      | g10.attest.authorization-gui     | a patient chooses types of data on a page              |
      | g10.attest.offline-access-notice | a patient is told of lasting access                    |
      | g10.attest.refresh-three-months  | refresh tokens live for three months                   |
      | g10.attest.refresh-renewal       | a refresh renews access for three months               |
      | g10.attest.native-refresh        | native apps that keep a secret get such tokens too     |
      | g10.attest.accuracy              | all data is accurate and complete                      |
      | g10.attest.multi-patient-scope   | access to many patients stays within its scope         |
      | g10.attest.documentation-url     | the API's documentation is public                      |
      | g10.attest.base-urls-public      | the service base URLs are published                    |
      | g10.attest.jwks-cache            | keys of apps are not kept longer than they may be      |
      | g10.attest.tls-explanation       | old TLS versions are explained where they are accepted |
      | g10.attest.clinical-test-scope   | a scope for clinical test observations can be granted  |
      | g10.revocation.demonstrated      | a patient can end an app's access within an hour       |
