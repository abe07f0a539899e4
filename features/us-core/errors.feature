@us-core
Feature: Refusals of the FHIR API
  A request that cannot be served is refused, and the refusal says why in an OperationOutcome. Who hides from an app what
  there is may refuse with 403 what is unknown; US Core and FHIR R4 call for 404.
  FHIR R4, RESTful API: HTTP status codes, read, search; US Core 6.1.0, Security.

  @id:errors.unknown-id
  Scenario: A read of an id that no resource has is refused, best with 404 or 410
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition/probity-does-not-exist"
    Then the status is 404, 410 or 403
    And the status should be 404 or 410
    And the resource should be an OperationOutcome

  @id:errors.unknown-type
  Scenario: A read of a type that FHIR does not know is refused with 404, 403 or 400
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "ProbityNoSuchType/1"
    Then the status is 404, 403 or 400
    And the resource should be an OperationOutcome

  @id:errors.invalid-parameter-value
  Scenario: A search for a date that is none is refused with 400 or 422
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Observation?patient={patient}&category=vital-signs&date=not-a-date"
    Then the status is 400 or 422
    And the resource should be an OperationOutcome

  @id:errors.operationoutcome @every-answer
  Scenario: Every refusal explains itself in an OperationOutcome
    When every other scenario of the run has ended
    Then no answer of the run is an error of the FHIR API without a reason

  @id:errors.unknown-parameter-strict
  Scenario: An unknown search parameter is refused with 400 where strict handling is preferred
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition?patient={patient}&probity-unknown=1" with the header "prefer" "handling=strict"
    Then the status should be 400
    And the resource should be an OperationOutcome

  @id:errors.unknown-parameter-lenient
  Scenario: An unknown search parameter is ignored where lenient handling is preferred
    Given a session of patient a with the public app
    And that token reads the patient
    When the app requests "Condition?patient={patient}&probity-unknown=1" with the header "prefer" "handling=lenient"
    Then the status should be 200
    And the resource should be a Bundle
