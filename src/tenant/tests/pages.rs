//! The pages: authorization, consent, the EHR and its launch.

use super::{Desk, back, posted};
use serde_json::Value;

#[tokio::test]
async fn a_launch_of_the_ehr_gives_its_patient_and_encounter_to_staff_and_to_no_other_patient() {
    let mut desk = Desk::new().await;
    let secret = desk.secret("CONFIDENTIAL_SECRET");
    let scope = "launch openid fhirUser patient/*.rs";
    let handle = desk.launch().await;
    let changes = [("client_id", "probity-confidential"), ("launch", handle.as_str()), ("scope", scope)];
    let page = desk.authorize(&changes).await;
    let code = desk.sign_in(page, "clinician-1", None).await["code"].clone();
    let proof = [("client_id", "probity-confidential"), ("client_secret", secret.as_str())];
    let token = desk.exchange_as(&code, &proof).await.1;
    assert_eq!((&token["patient"], &token["need_patient_banner"]), (&"patient-1".into(), &true.into()));
    assert!(token["encounter"].is_string());
    let style = desk.http.get(token["smart_style_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "application/json");
    let again = desk.authorize(&changes).await;
    assert_eq!(back(&again)["error"], "invalid_request", "a handle is good once");
    let handle = desk.launch().await;
    desk.cookies.clear();
    let page = desk.authorize(&[changes[0], ("launch", &handle), changes[2]]).await;
    assert_eq!(desk.sign_in(page, "user-2", None).await["error"], "access_denied");
}

#[tokio::test]
async fn a_patient_is_no_user_of_the_ehr() {
    let mut desk = Desk::new().await;
    desk.code().await;
    let session = desk.cookies[0].replace("session=", "ehr=");
    desk.cookies = vec![session];
    let launch = format!("{}/ehr/harbor/launch", desk.serving.origin());
    let request = posted(&desk.http, &launch, &[("client", "probity-public"), ("patient", "patient-2")]);
    assert_eq!(desk.send(request).await.status(), 400);
}

#[tokio::test]
async fn consent_grants_what_is_ticked_and_a_session_does_not_skip_it() {
    let mut desk = Desk::new().await;
    let page = desk.authorize(&[]).await;
    let code = desk.sign_in(page, "user-1", Some(&["openid", "patient/Patient.rs"])).await["code"].clone();
    assert_eq!(desk.exchange(&code).await.1["scope"], "openid patient/Patient.rs");
    let page = desk.authorize(&[]).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Allow access"));
    let page = desk.authorize(&[]).await;
    assert_eq!(desk.sign_in(page, "user-1", Some(&[])).await["error"], "access_denied");
}

#[tokio::test]
async fn a_person_can_narrow_a_scope_to_categories_and_the_narrower_ones_take_its_place() {
    let mut desk = Desk::new().await;
    let laboratory =
        "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let asked = "launch/patient patient/Patient.rs patient/Observation.rs patient/Condition.rs";
    let page = desk.authorize(&[("scope", asked)]).await;
    let kept = ["launch/patient", "patient/Patient.rs", "patient/Observation.rs", laboratory];
    let code = desk.sign_in(page, "user-1", Some(&kept)).await["code"].clone();
    let token = desk.exchange(&code).await.1;
    assert_eq!(token["scope"], format!("launch/patient patient/Patient.rs {laboratory}"));
    let token = token["access_token"].as_str().unwrap();
    let search = |category: &str| {
        let url = format!("{}/Observation?category={category}", desk.base());
        desk.http.get(url).header("authorization", format!("Bearer {token}")).send()
    };
    let total = |text: String| serde_json::from_str::<Value>(&text).unwrap()["total"].as_u64().unwrap();
    assert!(total(search("laboratory").await.unwrap().text().await.unwrap()) > 0);
    assert_eq!(total(search("vital-signs").await.unwrap().text().await.unwrap()), 0);
}

#[tokio::test]
async fn an_authorization_request_that_is_wrong_gives_no_code() {
    let mut desk = Desk::new().await;
    for (changes, error) in [
        ([("aud", "")], "invalid_request"),
        ([("aud", "https://fhir.attacker.example/r4")], "invalid_request"),
        ([("code_challenge", "")], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("response_type", "token")], "unsupported_response_type"),
        ([("scope", "system/*.rs nonsense")], "invalid_scope"),
        ([("launch", "invented")], "invalid_request"),
    ] {
        let redirect = back(&desk.authorize(&changes).await);
        assert_eq!((redirect["error"].as_str(), redirect["state"].as_str()), (error, "Zq~1 &=/"), "{changes:?}");
    }
    for changes in [
        ("redirect_uri", "http://127.0.0.1:9797/callback/more"),
        ("redirect_uri", "http://127.0.0.1:9797/callback?a=b"),
        ("redirect_uri", "http://127.0.0.1.attacker.example:9797/callback"),
        ("client_id", "somebody"),
    ] {
        let answer = desk.authorize(&[changes]).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None), "{changes:?}");
    }
}
