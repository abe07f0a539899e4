@portal
Feature: What our portal promises beyond the standards

  @id:portal.found-by-id
  Scenario: A patient finds their own record by its id
    Given a session of patient a with the public app
    When the app requests "Patient?_id={patient}"
    Then the status is 200
    And the resource is a Bundle

  @id:portal.strict-search @should
  Scenario: A search with a parameter that nobody knows is refused when the app asks for that
    Given a session of patient a with the public app
    When the app requests "Condition?patient={patient}&portal-unknown=1" with the header "prefer" "handling=strict"
    Then the status should be 400

  @id:portal.problems @should
  Scenario: The problem list is there, quickly, and says of each problem what it is
    Given a session of patient a with the public app
    When the app requests "Condition?patient={patient}"
    Then the status is 200
    And the Bundle holds at least 1 of Condition
    And `entry.resource.ofType(Condition).all(code.exists())` is true of the answer
    And the answer has no header "x-powered-by"
    And the answer should come within 10000 ms

  @id:portal.steady
  Scenario: The same question has the same answer
    Given a session of patient a with the public app
    When the app requests "AllergyIntolerance?patient={patient}"
    And that answer is put by
    And the app requests "AllergyIntolerance?patient={patient}&_format=json"
    Then the answer is the same as the one that was put by
