Feature: CapabilityStatement
  The server says at [base]/metadata what it can do.
  US Core 6.1.0, US Core Server CapabilityStatement; FHIR R4, RESTful API, capabilities.

  @id:us-core.capability.metadata @us-core
  Scenario: The CapabilityStatement is public and conforms to FHIR R4
    When the CapabilityStatement is requested without credentials
    Then the status is 200
    And the content type is "application/fhir+json" or "application/json"
    And the resource is a CapabilityStatement
    And its "status" is present
    And its "date" is present
    And its "kind" is one of "instance", "capability", "requirements"
    And it conforms to FHIR R4

  @id:us-core.capability.fhir-version @us-core
  Scenario: It speaks FHIR R4
    Given the CapabilityStatement
    Then its "fhirVersion" is one of "4.0.0", "4.0.1"

  @id:us-core.capability.json @us-core
  Scenario: It speaks JSON
    Given the CapabilityStatement
    Then its "format" holds one of "json", "application/json", "application/fhir+json"

  @id:us-core.capability.instantiates @us-core
  Scenario: It claims to be a US Core server
    Given the CapabilityStatement
    Then its "instantiates" holds the canonical "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server"

  @id:us-core.capability.profiles-min @us-core
  Scenario: It supports the US Core Patient and another profile
    Given the CapabilityStatement
    Then its supported profiles hold "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    And its supported profiles hold at least 2 of US Core

  @id:us-core.capability.profiles-g10 @g10 @us-core
  Scenario: It supports every profile that certification asks for
    Given the CapabilityStatement
    Then its supported profiles hold each US Core profile of:
      | us-core-allergyintolerance |
      | us-core-careplan |
      | us-core-careteam |
      | us-core-condition-encounter-diagnosis |
      | us-core-condition-problems-health-concerns |
      | us-core-coverage |
      | us-core-implantable-device |
      | us-core-diagnosticreport-lab |
      | us-core-diagnosticreport-note |
      | us-core-documentreference |
      | us-core-encounter |
      | us-core-goal |
      | us-core-immunization |
      | us-core-medicationdispense |
      | us-core-medicationrequest |
      | us-core-observation-lab |
      | us-core-blood-pressure |
      | us-core-bmi |
      | us-core-head-circumference |
      | us-core-body-height |
      | us-core-body-weight |
      | us-core-body-temperature |
      | us-core-heart-rate |
      | pediatric-bmi-for-age |
      | head-occipital-frontal-circumference-percentile |
      | pediatric-weight-for-height |
      | us-core-pulse-oximetry |
      | us-core-respiratory-rate |
      | us-core-smokingstatus |
      | us-core-observation-clinical-result |
      | us-core-observation-occupation |
      | us-core-observation-pregnancyintent |
      | us-core-observation-pregnancystatus |
      | us-core-observation-screening-assessment |
      | us-core-organization |
      | us-core-patient |
      | us-core-practitioner |
      | us-core-procedure |
      | us-core-provenance |
      | us-core-relatedperson |
      | us-core-servicerequest |
      | us-core-specimen |

  @id:us-core.capability.patient-interactions @us-core
  Scenario: It lets patients be read and searched
    Given the CapabilityStatement
    Then it offers "read" on "Patient"
    And it offers "search-type" on "Patient"

  @id:discovery.capability-security
  Scenario: It says that access is by SMART on FHIR
    Given the CapabilityStatement
    And access to the target needs authorization
    Then its security service should be "SMART-on-FHIR"

  @id:discovery.documents-agree
  Scenario: The CapabilityStatement and the SMART configuration name the same endpoints
    Given the CapabilityStatement
    And the CapabilityStatement names OAuth endpoints
    Then its "authorize" endpoint is the "authorization_endpoint" of the SMART configuration
    And its "token" endpoint is the "token_endpoint" of the SMART configuration
