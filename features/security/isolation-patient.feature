Feature: One patient cannot reach another
  A token for patient a's record discloses nothing of patient b's, by any way to ask.
  SMART App Launch 2.0.0, Scopes and Launch Context: patient-level scopes; FHIR R4, Security: access denied responses.

  Each way is tried with patient b's own token too: what shows b's record to b must show nothing of it to a.

  @id:isolation-patient.control-b-visible-to-b @security
  Scenario: Patient b sees patient b's own record
    Given a session of patient b with the public app
    When the app reads the patient in context
    Then the status is 200
    And the resource is the Patient in context
    And the record of patient b holds something that could leak

  @id:isolation-patient.own-record-no-foreign-canary @security
  Scenario: Patient a's own record holds nothing of patient b
    Given patient b's record, as patient b sees it
    When patient a's record is read as patient a sees it
    Then nothing of patient b is disclosed

  @id:isolation-patient.<id> @security
  Scenario Outline: Patient a's token does not reach patient b by <way>
    Given patient b's record, as patient b sees it
    When the app asks for patient b by <way>
    Then nothing of patient b's record is disclosed

    Examples: ways that every server has
      | id                              | way                                                    |
      | read                            | reading the Patient                                    |
      | read-observation                | reading an Observation                                 |
      | read-clinical                   | reading a resource                                     |
      | search-patient                  | a search by patient                                    |
      | search-id-of-b                  | a search by id                                         |
      | search-by-identifier            | a search by identifier                                 |
      | post-search                     | a search by POST                                       |
      | path-id-in-both                 | a read that names the own patient beside it            |
      | search-multi-or                 | naming both patients                                   |
      | search-duplicate-params         | naming both patients, one after another                |
      | search-param-name-tricks        | a misspelt name of the parameter                       |
      | search-negation-missing         | everybody but the own patient                          |
      | compartment-mixed               | another compartment than the parameter names           |
      | post-search-query-body-conflict | a search of one patient in the URL and one in the body |
      | get-with-body                   | a search by GET with a body                            |
      | path-encoded-slash              | an encoded slash                                       |
      | path-semicolon                  | a semicolon in the path                                |
      | path-slashes                    | too many slashes                                       |
      | path-case                       | another case                                           |
      | path-encoded-chars              | encoded characters                                     |
      | path-dot-segments               | encoded dots in the path                               |
      | method-override                 | another method than it says                            |
      | unusual-methods                 | an unusual method                                      |
      | rewrite-headers                 | headers that rewrite the address                       |
      | identity-headers                | headers that name a user                               |

  @id:isolation-patient.<id> @security
  Scenario Outline: Patient a's token does not reach patient b by <way>
    Given patient b's record, as patient b sees it
    When the app asks for patient b by <way>, if supported
    Then nothing of patient b's record is disclosed

    Examples: ways that a server may have
      | id                                 | way                                       |
      | vread                              | reading a version                         |
      | history-instance                   | the history of a resource                 |
      | history-type                       | the history of a type                     |
      | history-system                     | the history of the server                 |
      | head                               | HEAD                                      |
      | summary-elements-read              | reading parts of a resource               |
      | format-variants                    | reading in another format                 |
      | binary-read                        | reading a Binary                          |
      | binary-security-context-spoof      | reading a Binary with a security context  |
      | attachment-other                   | the address of an attachment              |
      | search-patient-reference-forms     | a search by absolute reference            |
      | search-patient-relative-reference  | a search by relative reference            |
      | search-subject                     | a search by subject                       |
      | search-other-role-params           | a search by another role of the patient   |
      | search-empty-or-missing-patient    | naming no patient                         |
      | search-unknown-param-lenient       | an unknown parameter                      |
      | search-clinical-id                 | a search by the id of a resource          |
      | search-patient-identifier-modifier | a search by the identifier of the patient |
      | search-demographics                | a search by name                          |
      | chain-patient-identifier           | a chain to the identifier of the patient  |
      | chain-patient-name-oracle          | a chain to the name of the patient        |
      | chain-through-shared               | a chain through a shared resource         |
      | search-by-b-context-ids            | a search by what belongs to the record    |
      | has-oracle                         | a reverse chain                           |
      | revinclude-own                     | a reverse include from the Patient        |
      | revinclude-from-shared             | a reverse include from a shared resource  |
      | revinclude-wildcard                | a reverse include of everything           |
      | include-iterate                    | an iterated include                       |
      | compartment                        | the patient's compartment                 |
      | other-compartments                 | the compartment of a shared resource      |
      | list-parameter                     | a search by a list                        |
      | filter-parameter                   | a filter expression                       |
      | text-content                       | a search in texts                         |
      | system-search                      | a search across all types                 |
      | meta-params                        | a search by the data of the store         |
      | paging-foreign-link                | the other session's link to a next page   |
      | provenance                         | a search for Provenance                   |
      | audit-event                        | a search for audit events                 |
      | group-list                         | a search for groups and lists             |
      | related-person                     | a search for related persons              |
      | schedule-leaks                     | a search by who gives care                |
      | document-containers                | a search for documents                    |
      | respond-async                      | an asynchronous search                    |
      | everything-other                   | $everything                               |
      | docref-other                       | $docref                                   |
      | operations-other                   | another operation                         |
      | match-operation                    | $match                                    |
      | graphql                            | GraphQL                                   |
      | batch-read                         | a batch                                   |
      | transaction-read                   | a transaction of reads                    |
      | batch-nested                       | a batch within a batch                    |

  @id:isolation-patient.b-to-a @security
  Scenario: Patient b's token does not reach patient a by any way
    Given patient b's record, as patient b sees it
    When the public app asks for patient a by every way
    Then nothing of patient a's record is disclosed

  @id:isolation-patient.<client>-client @security
  Scenario Outline: The token of the <client> app reaches no other patient by any way
    Given patient b's record, as patient b sees it
    When the <client> app asks for patient b by every way
    Then nothing of patient b's record is disclosed

    Examples:
      | client       |
      | confidential |
      | asymmetric   |
      | second       |

  @id:isolation-patient.include-forward-foreign @security
  Scenario: What is included with patient a's own resources is not patient b's
    Given patient b's record, as patient b sees it
    When "GET Encounter?patient={a}&_include=Encounter:patient" is requested with patient a's token
    Then nothing of patient b is disclosed

  @id:isolation-patient.total-and-counts @security
  Scenario: A count tells nothing about patient b
    Given patient b's record, as patient b sees it
    When patient a's token counts Condition for patient b and for invented patients
    Then they do not differ

  @id:isolation-patient.denial-carries-no-detail @security
  Scenario: A refusal tells nothing about patient b
    Given patient b's record, as patient b sees it
    And patient b is reached by "GET Patient/{b}" with patient b's token
    When "GET Patient/{b}" is requested with patient a's token
    Then nothing of patient b is disclosed, not even what the request named
    And no version of the record is disclosed

  @id:isolation-patient.cache-key @security
  Scenario: A patient is not shown what another patient was answered
    Given a session of patient a with the public app
    And that token reads the patient
    When patients a and b ask the same in turn
    Then nothing of patient b's record is disclosed

  @id:isolation-patient.concurrency @security
  Scenario: Two patients who ask at the same time are not mixed up
    Given a session of patient a with the public app
    And that token reads the patient
    When patients a and b ask for their own records at the same time
    Then nothing of patient b's record is disclosed

  @id:isolation-patient.conditional-read-oracle @security
  Scenario: Conditions do not tell what a refusal hides
    Given a session of patient a with the public app
    And that token reads the patient
    And a session of patient b with the public app
    When patient b is read under conditions with patient a's token
    Then no condition changes the refusal

  @id:isolation-patient.oracle-403-404 @security
  Scenario: A refusal should not tell whether there is such a patient
    Given patient b's record, as patient b sees it
    And a session of patient a with the public app
    When patient b and an invented patient are read with patient a's token
    Then the refusals should not differ

  @id:isolation-patient.has-on-shared-type @security
  Scenario: Who cares for patient b is not told by a reverse chain
    Given patient b's record, as patient b sees it
    And a session of patient a with the public app
    When "Practitioner?_has:Encounter:participant:patient={patient}" is asked about patient b and about invented patients
    Then they do not differ

  @id:isolation-patient.paging-tampered @security
  Scenario: A changed link to a next page does not lead to patient b
    Given patient b's record, as patient b sees it
    And a session of patient a with the public app
    When patient a's links to next pages are asked for with what they name changed
    Then nothing of patient b is disclosed

  @id:isolation-patient.search-injected-<id> @security
  Scenario Outline: A patient's id that is <what> brings nobody else's record
    Given patient b's record, as patient b sees it
    And a session of patient a with the public app
    And that token reads the patient
    When "<request>" is requested with patient a's token
    Then nothing of patient b is disclosed

    Examples:
      | id       | what                            | request                                        |
      | sql      | a part of a query               | GET Observation?patient={a}'%20OR%20'1'%3D'1   |
      | document | a condition of a document store | GET Observation?patient[$ne]=probity           |
      | wildcard | a wildcard                      | GET Observation?patient=*&category=vital-signs |

  @id:isolation-patient.write-<id> @security
  Scenario Outline: Patient a's token does not <do>
    Given patient b's record, as patient b sees it
    And a session of patient a that may write, where the server grants it
    And that token reads the patient
    When the app sends <change>
    Then the change is refused
    And patient b is as before

    Examples:
      | id              | do                              | change                                              |
      | other-update    | replace patient b's Patient     | patient b's Patient as it is                        |
      | other-patch     | patch patient b's Patient       | an empty patch of patient b's Patient               |
      | other-create    | create a resource of patient b  | an Observation of patient b without status and code |
      | other-subscribe | subscribe to patient b's record | a subscription to patient b's Observations          |

  @id:isolation-patient.write-other-delete @security
  Scenario: Patient a's token deletes nothing of patient b
    Given a deletion in patient b's record is permitted
    And patient b's record, as patient b sees it
    And a resource that patient b reads
    And a session of patient a that may write, where the server grants it
    And that token reads the patient
    When the app sends a deletion of a resource of patient b
    Then the change should be refused
    And patient b still reads that resource

  @id:isolation-patient.conditional-write-oracle @security
  Scenario: A condition of a write tells nothing about patient b
    Given patient b's record, as patient b sees it
    And a session of patient a that may write, where the server grants it
    And that token reads the patient
    When the app sends a Patient, unless there is one with patient b's identifier
    Then the change is refused
    And nothing of patient b is disclosed
