@security
Feature: The server runs no errands
  A server that calls the addresses that a stranger names can be sent into its own network (server-side request forgery).
  OWASP API Security Top 10 2023, API7; OWASP ASVS 4.0.3, 5.2.6 and 12.6.1.

  @id:openid.request-uri-ssrf
  Scenario: No request object is fetched from a stranger
    Given a session of patient a with the public app
    And that token reads the patient
    And the authorization server does not say that it fetches request objects
    And an address of the app that the server can reach
    When the app names that address as the request object of an authorization request
    Then the server has not called that address

  @id:errands.<id>
  Scenario Outline: No address is called that the app names <where>
    Given a session of patient a with the public app
    And that token reads the patient
    And an address of the app that the server can reach
    When the app names that address <where>
    Then the server has not called that address

    Examples:
      | id            | where                                   |
      | authorization | in parameters of authorization requests |
      | search        | in searches and operations              |
      | document      | in documents                            |
