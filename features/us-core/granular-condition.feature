@us-core @resource:Condition
Feature: Granular scopes for Condition
  A token whose scopes name categories shows what is in them, and nothing else, however it is asked. Each category of the
  scopes is searched for by system and code, and by code alone where it is the only parameter beside the patient; so is a
  category, code or date that only resources outside have. A search that reaches beyond the scopes is refused with 403,
  or answered with what is inside.
  SMART App Launch 2.0.0, Scopes: finer-grained resource constraints; US Core 6.1.0, SMART on FHIR obligations.

  @table:granular @id:granular-scopes.<set>.condition.search.<parameters>
  Scenario Outline: With the scopes of set <set>, a search for Condition by <parameters> finds what they cover and nothing else
    Given a session with granular scope set <set>
    And only granular scopes are granted for Condition
    And searches for Condition by "<parameters>" inside each of these scopes and outside them
    When the app makes these searches with the granular session
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
  Scenario Outline: With the scopes of set <set>, a read of Condition shows what they cover and nothing else
    Given a session with granular scope set <set>
    And only granular scopes are granted for Condition
    And a Condition inside each of these scopes and one outside
    When the app reads them with the granular session
    Then those inside are shown and the one outside is not

    Examples:
      | set |
      | 1   |
      | 2   |
