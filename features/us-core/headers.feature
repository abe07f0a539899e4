@us-core
Feature: Headers of the FHIR API
  What surrounds a health record keeps it readable and keeps it out of caches. Every answer of the run is looked at.
  FHIR R4, RESTful API: content types; RFC 9111 3.5 and 5.2.2.

  @id:headers.content-type-fhir @every-answer
  Scenario: Resources are sent as FHIR JSON
    When every other scenario of the run has ended
    Then no answer of the run calls a resource something else

  @id:headers.phi-cache-control @every-answer
  Scenario: A health record is not left in caches
    When every other scenario of the run has ended
    Then no answer of the run lets a shared cache keep a record
