Feature: Patient
  The patient's own demographic record.
  US Core 6.1.0, US Core Patient Profile.

  @id:us-core.patient.read
  Scenario: The Patient is read by its id
    Given a session of patient a with the public app
    When the app reads the patient in context
    Then the status is 200
    And the resource is the Patient in context

  @id:us-core.patient.search.id
  Scenario: The Patient is found by its id
    Given a session of patient a with the public app
    When the app requests "Patient?_id={patient}"
    Then the status is 200
    And the Bundle is a searchset
    And every match is a Patient
    And a match is the Patient in context

  @id:us-core.patient.shape
  Scenario: The Patient has a name and a gender
    Given a session of patient a with the public app
    And the Patient in context
    Then every "name" has "family" or "given" or a reason why not
    And it has at least one "name"
    And its "gender" is one of "male", "female", "other", "unknown"

  @id:us-core.patient.identifier
  Scenario: The Patient has an identifier with its system and value
    Given a session of patient a with the public app
    And the Patient in context
    Then it has at least one "identifier"
    And every "identifier" has "system"
    And every "identifier" has "value"

  @id:us-core.patient.conforms
  Scenario: The Patient conforms to its profile
    Given a session of patient a with the public app
    And the Patient in context
    Then each conforms to "us-core-patient"
