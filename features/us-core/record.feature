@us-core
Feature: The record as a whole
  What must be shown somewhere, and what holds of everything that is shown.
  US Core 6.1.0, General Requirements: missing data; Screening and Assessments; FHIR R4, JSON.

  @id:us-core.missing-data.extension
  Scenario: A missing value is told by the data-absent-reason extension
    Given the record of every patient
    Then it shows each of:
      | a data-absent-reason extension | any | descendants().where(url = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason') |

  @id:us-core.missing-data.code
  Scenario: A missing code is told by a code for the unknown
    Given the record of every patient
    Then it shows each of:
      | the code unknown of data-absent-reason | any | descendants().where(system = 'http://terminology.hl7.org/CodeSystem/data-absent-reason' and code = 'unknown') |

  @id:us-core.screening-assessment.categories
  Scenario: Screenings and their outcomes carry the categories that US Core names
    Given the record of every patient
    Then it shows each of:
      | a Condition of social determinants of health   | Condition   | category.coding.where(system = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category' and code = 'sdoh')              |
      | an Observation of social determinants          | Observation | category.coding.where(system = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category' and code = 'sdoh')              |
      | an Observation of functional status            | Observation | category.coding.where(system = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category' and code = 'functional-status') |
      | an Observation of disability status            | Observation | category.coding.where(system = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category' and code = 'disability-status') |
      | an Observation of cognitive status             | Observation | category.coding.where(system = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category' and code = 'cognitive-status')  |

  @id:us-core.practitioner.address-or-role
  Scenario: A Practitioner has an address, or a PractitionerRole that points to one
    Given the record of every patient
    Then a Practitioner has an address, or a role

  @id:us-core.record.base-conforms
  Scenario: What the guide has no profile for conforms to FHIR R4
    Given the record of every patient
    Then every resource that no profile of the guide is about conforms to FHIR R4

  @id:us-core.record.json-members
  Scenario: No object in an answer has a member twice
    Given the record of every patient
    Then no answer gives a member of an object twice
