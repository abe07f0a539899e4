@security
Feature: Transport Layer Security
  Everything that carries a token or a record is reached by TLS 1.2 or 1.3, and by nothing older.
  RFC 9325 3.1.1; 45 CFR 170.315(g)(10)(iv); US Core 6.1.0, Security.

  @us-core @id:us-core.tls.fhir-base
  Scenario: The FHIR base accepts no obsolete version of TLS
    Given the FHIR base is reached by TLS
    When clients connect that offer one version of TLS each
    Then TLS 1.2 or TLS 1.3 is accepted
    And no older version is accepted

  @id:smart.tls.<id>
  Scenario Outline: The <endpoint> accepts no obsolete version of TLS
    Given the <endpoint> is reached by TLS
    When clients connect that offer one version of TLS each
    Then TLS 1.2 or TLS 1.3 is accepted
    And no older version is accepted

    Examples:
      | id        | endpoint               |
      | authorize | authorization endpoint |
      | token     | token endpoint         |

  @id:transport.tls-versions
  Scenario: No address that discovery names accepts an obsolete version of TLS
    Given the target's addresses are reached by TLS
    When clients connect that offer one version of TLS each
    Then no older version is accepted

  @id:transport.tls-modern
  Scenario: The target speaks the newest version of TLS
    Given the target's addresses are reached by TLS
    When clients connect that offer one version of TLS each
    Then TLS 1.2 or TLS 1.3 is accepted
    And TLS 1.3 should be accepted

  @id:transport.renegotiation-compression
  Scenario: TLS 1.2 comes without its old weaknesses
    Given the target's addresses are reached by TLS
    When clients connect that offer one version of TLS each
    Then every TLS 1.2 binds renegotiation to its connection
    And TLS 1.2 is marked as a downgrade, where TLS 1.3 is spoken
    And no TLS 1.2 should be compressed

  @id:transport.weak-ciphers
  Scenario: No address accepts ciphers that protect nothing
    Given the target's addresses are reached by TLS
    When clients connect that offer weak ciphers alone
    Then none of them is accepted

  @id:transport.forward-secrecy
  Scenario: What was recorded stays secret when a key gets lost
    Given the target's addresses are reached by TLS
    When clients connect that offer no forward secrecy alone
    Then none of them should be accepted

  @id:transport.plain-http
  Scenario: Nobody is served without TLS
    Given the target's addresses are reached by TLS
    When they are asked without TLS
    Then nobody is served in the clear

  @id:transport.certificate
  Scenario: The certificates are good, and for a while
    Given the target's addresses are reached by TLS
    When their certificates are looked at
    Then each is good for its name now
    And each should be good for two weeks more
    And each should have a strong key and signature
