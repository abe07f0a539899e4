Feature: Sign-ins and the browsers of patients
  A code comes from a sign-in of the patient, in the patient's own browser. Neither a launch nor a cookie of somebody else
  stands for it, and the cookie of a sign-in is good on the pages of that server alone.
  RFC 6749 10.12; RFC 9700 2.1; OpenID Connect Core 1.0, 3.1.2.1; SMART App Launch 2.0.0, App Launch.

  @id:launch.wrong-password @security @intrusive
  Scenario: Another password signs nobody in
    Given a session of patient a with the public app
    When patient a signs in to the public app with another password
    Then the sign-in is refused

  @id:openid.prompt-none-no-session @security
  Scenario: An app that asks for no page gets no code without a sign-in
    Given a session of patient a with the public app
    When a browser without a sign-in asks for the public app with prompt=none
    Then no code is issued
    And the app should receive the error "login_required"

  @id:openid.prompt-login @security
  Scenario: An app that asks for a sign-in gets no code from an older one
    Given patient a has signed in to the public app
    And the browser of the sign-in stays signed in
    When the browser of the sign-in asks again with prompt=login
    Then no code is issued

  @id:openid.max-age @security
  Scenario: An app that wants a young sign-in gets no code from an older one
    Given patient a has signed in to the public app
    And the browser of the sign-in stays signed in
    When the browser of the sign-in asks again with max_age=1, two seconds later
    Then no code is issued

  @id:launch.no-auto-login @security
  Scenario: A launch does not sign anybody in
    Given a session from an EHR launch
    When a browser without a sign-in comes with the launch of the EHR
    Then no code is issued

  @id:launch.consent-csrf @security
  Scenario: A consent that another browser sends grants nothing
    Given a session of patient a with the public app
    When patient a signs in to the public app, and another browser sends the consent
    Then no code is issued

  @id:launch.session-fixation @security
  Scenario: A cookie from before a sign-in is not signed in by it
    Given patient a has signed in to the public app where somebody else was before
    And the browser of the sign-in stays signed in
    When somebody else comes with the cookies from before the sign-in
    Then no code is issued

  @id:isolation-tenant.sso-session @security
  Scenario: A sign-in at this tenant is none at the other
    Given a session at the other tenant of patient a with the public app
    And patient a has signed in to the public app
    And the browser of the sign-in stays signed in
    When the browser of the sign-in comes to the other tenant
    Then no code is issued

  @id:token.login-cookie-not-accepted @security
  Scenario: The cookies of a sign-in do not open the record
    Given a session of patient a with the public app
    And that token reads the patient
    And patient a has signed in to the public app
    When the patient is read with the cookies of the sign-in alone
    Then access is denied
