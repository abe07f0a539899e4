@us-core
Feature: Headers of the FHIR API
  What surrounds a health record keeps it readable and keeps it out of caches.
  FHIR R4, RESTful API: content types; RFC 9111 5.2.2.

  @id:headers.content-type-fhir
  Scenario: Resources are sent as FHIR JSON
    Given a session of patient a with the public app
    And that token reads the patient
    When the app reads the patient in context
    Then the content type is "application/fhir+json"

  @id:headers.phi-cache-control
  Scenario: A health record is not left in caches
    Given a session of patient a with the public app
    And that token reads the patient
    When the app reads the patient in context
    Then the header "cache-control" should hold "no-store" or "private"
