@security @every-answer
Feature: Rules for every answer
  Some rules hold for every answer, whichever request it is given to. These scenarios are played last. They look at all
  answers that the run has received. Where a run may lack such an answer, they ask for one.

  @id:isolation-patient.every-answer
  Scenario: No answer to anyone else holds anything of patient b
    Given patient b's record, as patient b sees it
    When every other scenario of the run has ended
    Then no answer of the run to anyone else discloses patient b

  @id:code.entropy
  Scenario: Codes cannot be guessed
    When every other scenario of the run has ended
    Then the codes of the run are too many to be guessed

  @id:token.strength
  Scenario: Opaque tokens cannot be guessed
    When every other scenario of the run has ended
    Then the opaque tokens of the run are too many to be guessed

  @id:isolation-tenant.links-stay-in-tenant
  Scenario: No link leads to the other tenant
    When every other scenario of the run has ended
    Then no answer of the run leads to the other tenant

  @id:headers.token-cache
  Scenario: Caches do not keep tokens
    When every other scenario of the run has ended
    Then no answer of the run lets a cache keep a token

  @id:headers.token-error-no-store
  Scenario: Caches do not keep the errors of the token endpoint
    When every other scenario of the run has ended
    Then no answer of the run lets a cache keep an error of the token endpoint

  @id:headers.frame-protection
  Scenario: The forms of the authorization server cannot be framed
    When every other scenario of the run has ended
    Then no answer of the run is a form that another site can frame

  @id:headers.oauth-html-csp
  Scenario: The pages of the authorization server let no foreign script in
    When every other scenario of the run has ended
    Then no answer of the run is a page whose policy lets foreign scripts in

  @id:headers.referrer-policy
  Scenario: The pages of the authorization server keep their addresses to themselves
    When every other scenario of the run has ended
    Then no answer of the run is a page that gives its address away

  @id:headers.cookie-flags
  Scenario: The cookies of the authorization server are for its own pages over TLS
    When every other scenario of the run has ended
    Then no answer of the run sets a cookie that scripts or plain connections can read

  @id:redirect.status-not-307
  Scenario: No redirect of a sign-in sends on what was typed
    When every other scenario of the run has ended
    Then no answer of the run is a redirect that sends on what was typed

  @id:headers.challenge
  Scenario: Every 401 says how to authenticate
    When every other scenario of the run has ended
    Then no answer of the run is a 401 without WWW-Authenticate

  @id:headers.content-encoding
  Scenario: Every answer is packed as it says
    When every other scenario of the run has ended
    Then no answer of the run is packed in another way than it says

  @id:headers.version-banners
  Scenario: No header names the version of the server's software
    When every other scenario of the run has ended
    Then no answer of the run names the version of its software

  @id:errors.oauth-json-shape
  Scenario: Every error of the token endpoint has the form of OAuth
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with an invented code
    And every other scenario of the run has ended
    Then the document should conform to the schema "oauth-error"
    And no answer of the run is an error of the token endpoint in the wrong form

  @id:errors.oauth-charset
  Scenario: Every error of the token endpoint keeps to the characters of OAuth
    Given a session of patient a with the public app
    And patient a has signed in to the public app
    When the app exchanges its code with an invented code
    And every other scenario of the run has ended
    Then no answer of the run is an OAuth error with characters that are not permitted

  @id:bundle.every-answer
  Scenario: Every Bundle has the form of FHIR
    When every other scenario of the run has ended
    Then no answer of the run is a Bundle in the wrong form

  @id:errors.no-5xx
  Scenario: No request breaks the server
    When every other scenario of the run has ended
    Then no answer of the run breaks down

  @id:information-leak.stack-trace
  Scenario: No error shows the inside of the server
    When every other scenario of the run has ended
    Then no answer of the run shows the inside of the server

  @id:information-leak.internal-addresses
  Scenario: No answer names an address of the server's own network
    When every other scenario of the run has ended
    Then no answer of the run names an address of the server's own network

  @id:information-leak.secret-echo
  Scenario: No answer repeats a secret that was sent to the server
    When every other scenario of the run has ended
    Then no answer of the run repeats a secret of its request

  @id:information-leak.token-in-links
  Scenario: No link has a token
    When every other scenario of the run has ended
    Then no answer of the run has a token in a link

  @id:information-leak.narrative-active-content
  Scenario: No narrative has a script
    When every other scenario of the run has ended
    Then no answer of the run has a script in a narrative

  @id:transport.all-links-https
  Scenario: No link leads from TLS to a plain connection
    When every other scenario of the run has ended
    Then no answer of the run leads to a plain connection of the same server

  @id:transport.authorize-never-http-redirect
  Scenario: No redirect of a sign-in leads to a plain connection
    When every other scenario of the run has ended
    Then no answer of the run is a redirect of the sign-in to a plain connection

  @id:transport.hsts
  Scenario: The pages of the authorization server insist on TLS
    When every other scenario of the run has ended
    Then no answer of the run is a page without Strict-Transport-Security
