@us-core
Feature: Clinical notes
  Notes are found as documents and as reports, and one attachment is known as both.
  US Core 6.1.0, Clinical Notes Guidance; DocumentReference and DiagnosticReport for Report and Note Exchange profiles.

  @id:us-core.clinical-notes.types
  Scenario: The kinds of notes that US Core names are shown
    Given the record of every patient
    Then it shows each of:
      | Consultation note           | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '11488-4')        |
      | Discharge summary           | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '18842-5')        |
      | History and physical note   | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '34117-2')        |
      | Procedure note              | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '28570-0')        |
      | Progress note               | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '11506-3')        |
      | Imaging narrative           | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '18748-4')        |
      | Laboratory report narrative | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '11502-2')        |
      | Pathology report narrative  | DocumentReference | type.coding.where(system = 'http://loinc.org' and code = '11526-1')        |
      | Cardiology report           | DiagnosticReport  | category.coding.where(system = 'http://loinc.org' and code = 'LP29708-2') |
      | Pathology report            | DiagnosticReport  | category.coding.where(system = 'http://loinc.org' and code = 'LP7839-6')  |
      | Radiology report            | DiagnosticReport  | category.coding.where(system = 'http://loinc.org' and code = 'LP29684-5') |

  @id:us-core.clinical-notes.same-attachment
  Scenario: The attachment of a report is found as a document too
    Given the record of every patient
    Then every attachment of a clinical report is one of a document too
