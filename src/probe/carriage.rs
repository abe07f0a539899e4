//! How a request to the token or revocation endpoint travels: the right parameters, carried in a way that is none (RFC 6749 3.2).

use super::Attempt;
use crate::smart::Carriage;

attacks! {
    "How the app's request to the token endpoint travels."
    RequestForm of Attempt, control Exchange;

    Get "by GET" {
        does: "sends the right request with GET, all of it in the URL",
        matters: "URLs end in logs and histories, and with them codes, verifiers and secrets (RFC 6749 3.2: POST)",
        right: "405 or 400, and nothing happens",
        needs: [],
        intrudes: [],
        make: |it| it.request.carriage = Carriage::Get,
    }
    Query "with its parameters in the URL" {
        does: "sends the right request with POST, its parameters in the URL and nothing in the body",
        matters: "who reads parameters from URLs puts secrets where logs keep them (RFC 6749 3.2: in the body)",
        right: "400 with invalid_request, and nothing happens",
        needs: [],
        intrudes: [],
        make: |it| it.request.carriage = Carriage::Query,
    }
    Json "as a JSON document" {
        does: "sends the right parameters as a JSON document",
        matters: "a second parser behind the same door reads what the first one would refuse (RFC 6749 3.2: a form)",
        right: "400 or 415, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.request.carriage = Carriage::Json,
    }
    TwoGrantTypes "with two grant types" {
        does: "names the right grant type and another one in the same request",
        matters: "who checks the first and serves the last sees two requests; RFC 6749 3.2 forbids it",
        right: "400 with invalid_request, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.request.parameters.push(("grant_type".to_owned(), "client_credentials".to_owned())),
    }
}
