@us-core
Feature: Granting granular scopes
  Scopes that name categories are granted as they were asked for.
  SMART App Launch 2.0.0, Scopes: finer-grained resource constraints; US Core 6.1.0, SMART on FHIR obligations.

  @id:granular-scopes.<set>.granted
  Scenario Outline: The scopes of set <set> are granted, and no wider ones
    Given the SMART configuration
    And its "capabilities" holds "permission-v2"
    When the app asks for granular scope set <set>
    Then each granular scope is granted
    And no wider scope is granted for Condition or Observation

    Examples:
      | set |
      | 1   |
      | 2   |
