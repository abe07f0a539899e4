@resource:Condition
Feature: Granular scopes for Condition
  A token whose scopes name categories shows what is in them, and nothing else, however it is asked.
  SMART App Launch 2.0.0, Scopes: finer-grained resource constraints; US Core 6.1.0, SMART on FHIR obligations.

  @table:granular @id:granular-scopes.<set>.condition.search.<parameters>
  Scenario Outline: With the scopes of set <set>, Condition by <parameters>
    Given a session with granular scope set <set>
    And only granular scopes are granted for Condition
    And a search for Condition by "<parameters>" that reaches beyond these scopes
    When the app makes that search with the granular session
    Then nothing outside the scopes comes back
    And what the scopes cover comes back

    Examples:
      | set | parameters                       | strength |
      | 1   | patient                          | SHALL    |
      | 1   | patient+abatement-date           | SHOULD   |
      | 1   | patient+asserted-date            | SHOULD   |
      | 1   | patient+category                 | SHALL    |
      | 1   | patient+clinical-status          | SHOULD   |
      | 1   | patient+code                     | SHOULD   |
      | 1   | patient+onset-date               | SHOULD   |
      | 1   | patient+recorded-date            | SHOULD   |
      | 1   | patient+category+clinical-status | SHOULD   |
      | 1   | patient+category+encounter       | SHOULD   |
      | 2   | patient                          | SHALL    |
      | 2   | patient+abatement-date           | SHOULD   |
      | 2   | patient+asserted-date            | SHOULD   |
      | 2   | patient+category                 | SHALL    |
      | 2   | patient+clinical-status          | SHOULD   |
      | 2   | patient+code                     | SHOULD   |
      | 2   | patient+onset-date               | SHOULD   |
      | 2   | patient+recorded-date            | SHOULD   |
      | 2   | patient+category+clinical-status | SHOULD   |
      | 2   | patient+category+encounter       | SHOULD   |

  @id:granular-scopes.<set>.condition.read
  Scenario Outline: With the scopes of set <set>, Condition by id
    Given a session with granular scope set <set>
    And only granular scopes are granted for Condition
    And a Condition inside each of these scopes and one outside
    When the app reads them with the granular session
    Then those inside are shown and the one outside is not

    Examples:
      | set |
      | 1   |
      | 2   |
