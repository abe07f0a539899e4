Feature: Refusals of the FHIR API
  A request that cannot be served is refused with the right status and an OperationOutcome.
  FHIR R4, RESTful API: HTTP status codes, read, search; US Core 6.1.0, Security.

  @id:errors.unknown-id
  Scenario: A resource that does not exist is not found
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition/probity-does-not-exist"
    Then the status is 404, 403 or 410
    And the resource should be an OperationOutcome

  @id:errors.unknown-type
  Scenario: A type that FHIR does not know is refused
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "ProbityNoSuchType/1"
    Then the status is 404, 403 or 400
    And the resource should be an OperationOutcome

  @id:errors.invalid-parameter-value
  Scenario: A date that is none is refused
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Observation?patient={patient}&category=vital-signs&date=not-a-date"
    Then the status is 400 or 422
    And the resource should be an OperationOutcome

  @id:errors.operationoutcome
  Scenario: A refusal explains itself in an OperationOutcome
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Observation/probity-does-not-exist"
    Then the resource should be an OperationOutcome
    And the content type should be "application/fhir+json" or "application/json"

  @id:errors.unknown-parameter-strict
  Scenario: A parameter that nobody knows is refused to who prefers strict handling
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition?patient={patient}&probity-unknown=1" with the header "prefer" "handling=strict"
    Then the status should be 400
    And the resource should be an OperationOutcome

  @id:errors.unknown-parameter-lenient
  Scenario: A parameter that nobody knows is passed over for who prefers lenient handling
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition?patient={patient}&probity-unknown=1" with the header "prefer" "handling=lenient"
    Then the status should be 200
    And the resource should be a Bundle
