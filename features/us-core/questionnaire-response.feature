@resource:QuestionnaireResponse
Feature: QuestionnaireResponse
  Answers to questionnaires.
  US Core 6.1.0, Server CapabilityStatement and profiles of QuestionnaireResponse; FHIR R4, Search.

  @id:us-core.questionnaire-response.capability
  Scenario: What US Core demands of QuestionnaireResponse is claimed
    Given the CapabilityStatement claims QuestionnaireResponse
    Then it claims what the guide demands of QuestionnaireResponse

  @table:searches @id:us-core.<group>.search.<parameters>
  Scenario Outline: <group> is found by <parameters>
    Given a "<group>" with values for "<parameters>"
    When the app searches with these values
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | group                  | parameters            | strength |
      | questionnaire-response | _id                   | SHALL    |
      | questionnaire-response | patient               | SHALL    |
      | questionnaire-response | patient+authored      | SHOULD   |
      | questionnaire-response | patient+questionnaire | SHOULD   |
      | questionnaire-response | patient+status        | SHOULD   |

  @table:alternatives @id:us-core.questionnaire-response.alternatives.<parameter>
  Scenario Outline: Several values of <parameter> are alternatives
    Given several values of "<parameter>" in the record's QuestionnaireResponses
    When the app searches for any of them
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | status    | SHOULD   |

  @table:dates @id:us-core.questionnaire-response.comparators.<parameter>
  Scenario Outline: <parameter> is compared: before, after, at
    Given a QuestionnaireResponse with a date for "<parameter>"
    When the app searches before and after that date
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

    Examples:
      | parameter | strength |
      | authored  | SHOULD   |

  @table:dates @id:us-core.questionnaire-response.date-forms.<parameter>
  Scenario Outline: <parameter> is understood in any zone and precision
    Given a QuestionnaireResponse with a date for "<parameter>"
    When the app searches for that date in other words
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back
    And each wording of the same instant finds the same

    Examples:
      | parameter | strength |
      | authored  | SHOULD   |

  @id:us-core.questionnaire-response.searchset
  Scenario: A search for QuestionnaireResponse answers with a whole searchset
    Given a search for QuestionnaireResponse that finds something
    Then its answer is a searchset in every part

  @id:us-core.questionnaire-response.post
  Scenario: A search for QuestionnaireResponse by POST finds the same
    Given a search for QuestionnaireResponse that finds something
    When the app makes that search by POST
    Then it finds the same

  @id:us-core.questionnaire-response.patient-reference
  Scenario: The patient may be named by a reference in a search for QuestionnaireResponse
    Given a search for QuestionnaireResponse that finds something
    When the app makes that search with the patient as "Patient/[id]"
    Then it finds the same

  @id:us-core.questionnaire-response.paging
  Scenario: Pages of QuestionnaireResponse bring the same as one answer
    Given a search for QuestionnaireResponse that finds several
    When the app makes that search two at a time
    Then it finds the same
    And no match comes twice

  @id:us-core.questionnaire-response.claimed-searches
  Scenario: Further searches of QuestionnaireResponse that are claimed work
    Given the CapabilityStatement claims more searches of QuestionnaireResponse
    When the app searches by each of them
    Then the search succeeds
    And every match satisfies every parameter
    And every match that is known comes back

  @table:reverse-includes @id:us-core.<group>.revinclude.<name>
  Scenario Outline: What points to a <group> comes along <include>
    Given a search that finds a "<group>"
    When the app makes that search with "_revinclude=<include>"
    Then the search succeeds
    And a Provenance that points to such a match comes with them
    And every Provenance that comes with them points to a match

    Examples:
      | group                  | name       | include           | strength |
      | questionnaire-response | provenance | Provenance:target | SHOULD   |

  @table:profiles @id:us-core.<group>.read
  Scenario Outline: <group> is read by its id
    Given a "<group>"
    When the app reads it
    Then the status is 200
    And it is the same resource
    And its content should be what the search showed

    Examples:
      | group                  | profile                       |
      | questionnaire-response | us-core-questionnaireresponse |

  @table:profiles @id:us-core.<group>.conforms
  Scenario Outline: <group> conforms to its profile
    Given every "<group>" of the record
    Then each conforms to "<profile>"

    Examples:
      | group                  | profile                       |
      | questionnaire-response | us-core-questionnaireresponse |

  @table:profiles @id:us-core.<group>.must-support
  Scenario Outline: Every must-support element of <group> is shown
    Given the record of every patient
    Then every must-support element of "<group>" is shown

    Examples:
      | group                  | profile                       |
      | questionnaire-response | us-core-questionnaireresponse |

  @table:references @id:us-core.<group>.references
  Scenario Outline: What <group> refers to is there
    Given every "<group>" of the record
    Then every must-support reference leads to the right resource

    Examples:
      | group                  | profile                       |
      | questionnaire-response | us-core-questionnaireresponse |
