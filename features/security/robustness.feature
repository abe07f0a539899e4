Feature: Requests that weigh on the server
  What no real app sends is refused or answered. The server stands it, and goes on.
  RFC 9110 15.6; OWASP ASVS 4.0.3, 5.5.2.

  @id:dos-robustness.<id> @security
  Scenario Outline: The server stands <what>
    Given a session of patient a with the public app
    And that token reads the patient
    When the server is sent <what>
    Then no answer is a server error
    And the patient is still read

    Examples:
      | id               | what                    |
      | long-url         | long addresses          |
      | long-token       | long tokens             |
      | large-count      | a page of a million     |
      | search-cost      | many values             |
      | regex-and-format | patterns that take long |
      | include-depth    | includes of everything  |
      | json-depth       | deep JSON               |
      | compressed-body  | a packed body           |

  @id:errors.<id>
  Scenario Outline: The server answers <what>
    Given a session of patient a with the public app
    And that token reads the patient
    When the server is sent <what>
    Then no answer is a server error
    And the patient is still read

    Examples:
      | id             | what                              |
      | malformed-body | bodies that are not what they say |
      | not-acceptable | formats that there are not        |

  @id:isolation-patient.bulk-export @security
  Scenario: A patient's app begins no export
    Given a session of patient a with the public app
    And that token reads the patient
    When the server is sent requests for exports
    Then no export is begun
    And no answer is a server error

  @id:dos-robustness.xml-entities @security
  Scenario: The server puts no entity of a document in
    Given a session of patient a with the public app
    And that token reads the patient
    When the server is sent XML with entities
    Then no entity was put in
    And no answer is a server error
    And the patient is still read

  @id:errors.method-not-allowed @security
  Scenario: A method that does not fit sends no token back
    Given a session of patient a with the public app
    And that token reads the patient
    When methods that do not fit are sent
    Then no token comes back

  @id:information-leak.admin-surfaces @security
  Scenario: What operators use is not open to everybody
    When what operators use is asked for without credentials
    Then nothing of the inside is served
    And no measurements should be served
