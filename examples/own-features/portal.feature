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
