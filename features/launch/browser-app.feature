Feature: Apps that run in a browser
  A browser lets such an app read an answer only if the server says that the origin of its page may.
  SMART App Launch 2.2.0, App Launch: CORS support; Fetch Standard, CORS protocol.

  @id:smart.cors.<id>
  Scenario Outline: Any page may read the <document>
    Given a server of SMART App Launch 2.2
    And the SMART configuration
    And its "capabilities" holds "client-public"
    When a page of an unknown site asks for the <document>
    Then that page may read the answer

    Examples:
      | id         | document            |
      | well-known | SMART configuration |
      | metadata   | CapabilityStatement |

  @id:smart.cors.token
  Scenario: The app's page may read the token response
    Given a server of SMART App Launch 2.2
    And the SMART configuration
    And its "capabilities" holds "client-public"
    And patient a has signed in to the public app
    When the page of the app exchanges its code
    Then that page may read the answer

  @id:smart.cors.preflight
  Scenario: The app's page may send its token to the FHIR API
    Given a server of SMART App Launch 2.2
    And the SMART configuration
    And its "capabilities" holds "client-public"
    And a session of patient a with the public app
    And that token reads the patient
    When the browser asks if the page of the app may send a token
    Then that page may send the header "authorization"

  @id:smart.cors.fhir-user
  Scenario: The app's page may read the user's own resource
    Given a server of SMART App Launch 2.2
    And the SMART configuration
    And its "capabilities" holds "client-public"
    And a session of patient a with the public app
    And an id_token
    And the scope fhirUser was granted
    When the page of the app reads the fhirUser
    Then that page may read the answer
