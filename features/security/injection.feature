@security
Feature: Nothing of a request becomes part of an answer
  What an app or a link sends must not turn into addresses, markup or headers of an answer.
  OWASP ASVS 4.0.3, 5.3 and 14.5; RFC 9110 17.

  @id:headers.host-injection
  Scenario: Headers that name another host change no address
    Given a session of patient a with the public app
    And that token reads the patient
    When the app searches and discovers with headers that name another host
    Then no address in the answers leads to that host

  @id:information-leak.reflected-html
  Scenario: No page repeats markup
    Given a session of patient a with the public app
    And that token reads the patient
    When the authorization server and the FHIR API are sent markup
    Then no page repeats the markup

  @id:headers.crlf-injection
  Scenario: A line break in a request starts no header of the answer
    Given a session of patient a with the public app
    And that token reads the patient
    When the authorization server and the FHIR API are sent line breaks
    Then no answer has the header that was sent
