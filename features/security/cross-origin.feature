Feature: Pages of other origins
  A browser asks the server for any page that a user opens. It lets the page read an answer only if the server says so.
  Fetch Standard, CORS protocol; RFC 9700 2.6.

  @id:cors.<id> @security
  Scenario Outline: A page of <page> reads nothing with the user's credentials
    Given a session of patient a with the public app
    And that token reads the patient
    When a page of <page> asks the FHIR API and the authorization server
    Then no answer lets that page read it with the user's credentials

    Examples:
      | id                                | page                   |
      | reflected-origin-with-credentials | a stranger             |
      | null-origin-with-credentials      | no origin              |
      | lookalike-origin-with-credentials | a lookalike of the app |

  @id:cors.authorize-not-allowed @security
  Scenario: No page of another origin reads the authorization endpoint
    Given a session of patient a with the public app
    And that token reads the patient
    When a page of a stranger asks the FHIR API and the authorization server
    Then the authorization endpoint should let no page of another origin read it
