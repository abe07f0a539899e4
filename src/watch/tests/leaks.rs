//! The same, of what answers must not show.

use super::super::leak;
use super::Scene;

#[test]
fn the_inside_of_a_server_is_known_by_its_signs() {
    let said = |text: &str| {
        let issue = serde_json::json!([{ "severity": "error", "code": "exception", "diagnostics": text }]);
        let body = serde_json::json!({ "resourceType": "OperationOutcome", "issue": issue });
        Scene::fhir("Goal/1").status(400).body(&body.to_string())
    };
    for (text, what) in [
        ("no\n\tat ca.uhn.Rest.find(Rest.java:21)", "a stack trace of Java"),
        ("java.lang.NullPointerException", "a name of a Java exception"),
        ("   at Hl7.Api.Get(String id) in C:\\src\\Api.cs:line 7", "a stack trace of .NET"),
        ("at Object.<anonymous> (/app/index.js:10:5)", "a stack trace of JavaScript"),
        ("Traceback (most recent call last):", "a stack trace of Python"),
        ("ORA-00942: table or view does not exist", "an error of a database"),
        ("thread 'main' panicked at lib", "a panic of Rust"),
        ("cannot open /var/lib/fhir/index.db", "a path of the server's files"),
    ] {
        said(text).breaks(leak::TRACES, &format!("{what} in a 400"));
    }
    for text in ["The code 'a.b' is unknown", "see https://example.org/var/lib/doc", "at 10:20:30 the search ended"] {
        said(text).passes(leak::TRACES);
    }
    // A record may say anything.
    Scene::fhir("Goal/1").body(r#"{"resourceType":"Goal","x":"ORA-00942"}"#).escapes(leak::TRACES);
}

#[test]
fn an_address_within_the_server_is_not_named() {
    let what = "(should) in the body of a 200";
    for url in ["http://10.1.2.3/Goal", "http://fhir.prod.svc.cluster.local/Goal", "http://localhost:8080/Goal"] {
        Scene::linked(url).breaks(leak::ADDRESSES, what);
    }
    Scene::linked("https://fhir.example.org/r4/Goal?v=1.10.1.2.3").passes(leak::ADDRESSES);
    // There it is the server's own address.
    Scene::linked("http://localhost:8080/Goal").at("http://localhost:8080/").passes(leak::ADDRESSES);
    Scene::linked("http://10.1.2.3/Goal").at("http://10.9.9.9/").escapes(leak::ADDRESSES);
    Scene::page().header("x-upstream", "192.168.0.7:80").breaks(leak::ADDRESSES, "(should) in the header x-upstream");
}

#[test]
fn what_was_sent_in_confidence_is_not_repeated() {
    let answered = |body: &str| Scene::token().status(400).body(body);
    answered(r#"{"error":"invalid_grant"}"#).passes(leak::ECHOES);
    answered(r#"{"error":"no \u0063ode-1234567"}"#).breaks(leak::ECHOES, "the code that was sent stands in a 400");
    answered("secret-password").breaks(leak::ECHOES, "the password that was sent stands in a 400");
    Scene::fhir("Goal")
        .header("location", "/x?t=token%2Dof%2Dpatient%2Da")
        .breaks(leak::ECHOES, "the access token that was sent stands in a 200");
}

#[test]
fn no_link_carries_a_token() {
    Scene::linked("https://fhir.example.org/r4?page=8f1c").passes(leak::LINKS);
    Scene::linked("https://fhir.example.org/r4?page=1&access_token=x")
        .breaks(leak::LINKS, "a link of the Bundle has a token");
    Scene::linked("https://fhir.example.org/r4?t=token-of-patient-a")
        .breaks(leak::LINKS, "a link of the Bundle has a token");
    Scene::fhir("DocumentReference/1")
        .body(r#"{"resourceType":"DocumentReference","content":[{"attachment":{"url":"Binary/1?id_token=e30"}}]}"#)
        .breaks(leak::LINKS, "the address of an attachment has a token");
    Scene::fhir("Goal/1").body(super::RECORD).escapes(leak::LINKS);
}

#[test]
fn a_narrative_is_text() {
    let narrative = |div: &str| {
        let body = serde_json::json!({ "resourceType": "Goal", "text": { "status": "generated", "div": div } });
        Scene::fhir("Goal/1").body(&body.to_string())
    };
    narrative("<div>walk on <a href=\"https://example.org\">5 km</a></div>").passes(leak::SCRIPTS);
    narrative("<div><script>1</script></div>").breaks(leak::SCRIPTS, "a narrative has an element that acts");
    narrative("<div><p onclick=\"x()\">y</p></div>").breaks(leak::SCRIPTS, "a narrative has an attribute that acts");
    narrative("<div><a href='javascript:x()'>y</a></div>")
        .breaks(leak::SCRIPTS, "a narrative has an address that acts");
    Scene::fhir("Goal/1").body(super::RECORD).escapes(leak::SCRIPTS);
}
