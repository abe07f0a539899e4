Feature: Brands
  A patient looks for the place that holds their records by its name and logo. The server publishes both with its FHIR base.
  SMART App Launch 2.2.0, User-access Brands and Endpoints.

  @id:smart.brands.bundle
  Scenario: Anybody may ask for the brands
    Given the server names a bundle of brands
    When a page of an unknown site asks for the bundle of brands
    Then the status is 200
    And the document conforms to the schema "brands"

  @id:smart.brands.readable
  Scenario: Any page may read the brands
    Given the server names a bundle of brands
    When a page of an unknown site asks for the bundle of brands
    Then that page may read the answer

  @id:smart.brands.endpoint
  Scenario: The brands lead to this server
    Given the server names a bundle of brands
    When a page of an unknown site asks for the bundle of brands
    Then one of its endpoints is the FHIR base

  @id:smart.brands.primary
  Scenario: The server says which brand is its own
    Given the server names a bundle of brands
    When a page of an unknown site asks for the bundle of brands
    Then the SMART configuration identifies one of its brands
