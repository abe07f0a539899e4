@resource:Observation
Feature: Granular scopes for Observation
  A token whose scopes name categories shows what is in them, and nothing else, however it is asked.
  SMART App Launch 2.0.0, Scopes: finer-grained resource constraints; US Core 6.1.0, SMART on FHIR obligations.

  @table:granular @id:granular-scopes.<set>.observation.search.<parameters>
  Scenario Outline: With the scopes of set <set>, Observation by <parameters>
    Given a session with granular scope set <set>
    And only granular scopes are granted for Observation
    And a search for Observation by "<parameters>" that reaches beyond these scopes
    When the app makes that search with the granular session
    Then nothing outside the scopes comes back
    And what the scopes cover comes back

    Examples:
      | set | parameters              | strength |
      | 1   | patient+category        | SHALL    |
      | 1   | patient+code            | SHALL    |
      | 1   | patient+category+date   | SHALL    |
      | 1   | patient+category+status | SHOULD   |
      | 1   | patient+code+date       | SHOULD   |
      | 2   | patient+category        | SHALL    |
      | 2   | patient+code            | SHALL    |
      | 2   | patient+category+date   | SHALL    |
      | 2   | patient+category+status | SHOULD   |
      | 2   | patient+code+date       | SHOULD   |

  @id:granular-scopes.<set>.observation.read
  Scenario Outline: With the scopes of set <set>, Observation by id
    Given a session with granular scope set <set>
    And only granular scopes are granted for Observation
    And an Observation inside each of these scopes and one outside
    When the app reads them with the granular session
    Then those inside are shown and the one outside is not

    Examples:
      | set |
      | 1   |
      | 2   |
