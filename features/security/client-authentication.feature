Feature: Client authentication
  A code or token of a confidential app is worth nothing without its credentials.
  RFC 6749 2.3, 3.2.1 and 5.2; SMART App Launch 2.0.0, Client Authentication.

  @id:client-auth.<id> @security
  Scenario Outline: A code is not exchanged with <credentials>
    Given a session of patient a with the confidential app
    And patient a has signed in to the confidential app
    When the app exchanges its code with <credentials>
    Then no token is issued
    And the refusal should be 400 or 401 with error "invalid_client"

    Examples:
      | id                 | credentials                       |
      | wrong-secret-basic | a wrong secret in the header      |
      | wrong-secret-post  | a wrong secret in the body        |
      | missing-secret     | its client_id and no secret       |
      | empty-secret       | an empty secret                   |
      | unknown-client     | an unknown client_id              |
