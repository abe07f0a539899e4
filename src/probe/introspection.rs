//! Token introspection: tokens that the server must not call active (RFC 7662 2.2).

use super::Attempt;

attacks! {
    "The token that the app introspects."
    IntrospectedToken of Attempt, control Introspection;

    Invented "an invented token" {
        does: "asks about a token that was never issued",
        matters: "a resource server that trusts introspection opens the record to whatever is called active",
        right: "200 with active false, and nothing else about the token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("token", "probity-invented-token-0000"),
    }
}
