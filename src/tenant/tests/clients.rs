//! Who a client proves to be, and what it may then ask: tokens, introspection, revocation.

use super::{CALLBACK, Desk, VERIFIER, posted};
use serde_json::Value;

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it_but_only_at_its_owners_word() {
    let mut desk = Desk::new().await;
    let code = desk.code().await;
    let token = desk.exchange(&code).await.1;
    let own = token["refresh_token"].as_str().unwrap();
    for (client, expected) in [("probity-second", 200), ("probity-public", 401)] {
        let answer = desk.form(&desk.oauth("revoke"), &[("token", own), ("client_id", client)]).await;
        assert_eq!(answer.0, 200);
        assert_eq!(desk.read(&desk.base(), &token["access_token"]).await.status(), expected);
    }
}

#[tokio::test]
async fn introspection_tells_a_client_that_proves_itself_and_nobody_else() {
    let mut desk = Desk::new().await;
    let page = desk.authorize(&[("client_id", "probity-confidential")]).await;
    let code = desk.sign_in(page, "user-1", None).await["code"].clone();
    let secret = desk.secret("CONFIDENTIAL_SECRET");
    let id = ("client_id", "probity-confidential");
    let wrong = desk.exchange_as(&code, &[id, ("client_secret", "guess")]).await;
    assert_eq!((wrong.0, &wrong.1["error"]), (401, &"invalid_client".into()));
    let token = desk.exchange_as(&code, &[id, ("client_secret", &secret)]).await.1;
    let access = token["access_token"].as_str().unwrap();
    let url = desk.oauth("introspect");
    let answer = desk.form(&url, &[("token", access), id, ("client_secret", &secret)]).await.1;
    assert_eq!((&answer["active"], &answer["patient"]), (&true.into(), &"patient-1".into()));
    assert_eq!(answer["fhirUser"], format!("{}/Patient/patient-1", desk.base()));
    assert_eq!(desk.form(&url, &[("token", access), id]).await.0, 401);
    let foreign = url.replace("harbor", "meadow");
    let meadow = desk.serving.secrets()["PROBITY_EMBEDDED_MEADOW_CONFIDENTIAL_SECRET"].clone();
    for (url, token, secret) in [(&url, "invented", &secret), (&foreign, access, &meadow)] {
        let answer = desk.form(url, &[("token", token), id, ("client_secret", secret)]).await.1;
        assert_eq!(answer, serde_json::json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_client_id_alone_introspects_nothing_and_a_bearer_token_only_its_own_apps_tokens() {
    let mut desk = Desk::new().await;
    let code = desk.code().await;
    let token = desk.exchange(&code).await.1;
    let (access, url) = (token["access_token"].as_str().unwrap(), desk.oauth("introspect"));
    let bare = desk.form(&url, &[("token", access), ("client_id", "probity-public")]).await;
    assert_eq!((bare.0, &bare.1["active"]), (401, &Value::Null));
    let ask = |bearer: &str, token: &str| {
        let request = posted(&desk.http, &url, &[("token", token)]).header("authorization", format!("Bearer {bearer}"));
        async move { request.send().await.unwrap() }
    };
    assert_eq!(ask("invented", access).await.status(), 401);
    let own: Value = serde_json::from_str(&ask(access, access).await.text().await.unwrap()).unwrap();
    assert_eq!((&own["active"], &own["client_id"]), (&true.into(), &"probity-public".into()));
    let page = desk.authorize(&[("client_id", "probity-confidential")]).await;
    desk.cookies.clear();
    let code = desk.sign_in(page, "user-1", None).await["code"].clone();
    let secret = desk.secret("CONFIDENTIAL_SECRET");
    let proof = [("client_id", "probity-confidential"), ("client_secret", secret.as_str())];
    let other = desk.exchange_as(&code, &proof).await.1;
    let request = posted(&desk.http, &url, &[("token", other["access_token"].as_str().unwrap())]);
    let answer = request.header("authorization", format!("Bearer {access}")).send().await.unwrap();
    let foreign: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(foreign, serde_json::json!({ "active": false }), "another app's token is none of its business");
}

#[tokio::test]
async fn every_algorithm_that_is_advertised_for_assertions_is_accepted_and_each_assertion_once() {
    let mut desk = Desk::new().await;
    let discovery = format!("{}/.well-known/smart-configuration", desk.base());
    let discovery = desk.http.get(discovery).send().await.unwrap().text().await.unwrap();
    let discovery: Value = serde_json::from_str(&discovery).unwrap();
    let advertised = discovery["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap().clone();
    assert_eq!(advertised.len(), 2);
    for algorithm in advertised {
        let algorithm: jsonwebtoken::Algorithm = algorithm.as_str().unwrap().parse().unwrap();
        exchanges_once_by_assertion(&mut desk, algorithm).await;
    }
}

async fn exchanges_once_by_assertion(desk: &mut Desk, algorithm: jsonwebtoken::Algorithm) {
    let key = match algorithm {
        jsonwebtoken::Algorithm::ES384 => {
            jsonwebtoken::EncodingKey::from_ec_pem(desk.secret("ASYMMETRIC_KEY").as_bytes())
        }
        _ => jsonwebtoken::EncodingKey::from_rsa_pem(desk.secret("ASYMMETRIC_RSA_KEY").as_bytes()),
    };
    let claims = serde_json::json!({ "iss": "probity-asymmetric", "sub": "probity-asymmetric",
        "jti": format!("{algorithm:?}"), "aud": desk.oauth("token"), "exp": chrono::Utc::now().timestamp() + 200 });
    let assertion = jsonwebtoken::encode(&jsonwebtoken::Header::new(algorithm), &claims, &key.unwrap()).unwrap();
    for expected in [200, 401] {
        let page = desk.authorize(&[("client_id", "probity-asymmetric")]).await;
        desk.cookies.clear();
        let code = desk.sign_in(page, "user-1", None).await;
        desk.cookies.clear();
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let proof = [("client_assertion_type", kind), ("client_assertion", assertion.as_str())];
        assert_eq!(desk.exchange_as(&code["code"], &proof).await.0, expected);
    }
}

#[tokio::test]
async fn a_token_request_that_is_wrong_gives_no_token() {
    let mut desk = Desk::new().await;
    let code = desk.code().await;
    let id = ("client_id", "probity-public");
    let flipped = VERIFIER.replace('0', "1");
    let pairs = |verifier: &str, redirect: &str| {
        let all = [("grant_type", "authorization_code"), ("code", &code), id, ("redirect_uri", redirect)];
        let all = all.into_iter().chain([("code_verifier", verifier)]).filter(|(_, value)| !value.is_empty());
        all.map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let token = desk.oauth("token");
    for wrong in [
        pairs(&flipped, CALLBACK),
        pairs("", CALLBACK),
        pairs(VERIFIER, ""),
        pairs(VERIFIER, "http://127.0.0.1:9797/callback2"),
        [pairs(VERIFIER, CALLBACK), vec![("client_id", "probity-second".to_owned())]].concat(),
    ] {
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = desk.form(&token, &wrong).await;
        assert_eq!(answer.0, 400, "{:?}", answer.1);
    }
    assert_eq!(desk.exchange(&code).await.0, 200, "what failed did not spend the code");
    assert_eq!(desk.http.get(&token).send().await.unwrap().status(), 405);
}

#[test]
fn a_short_lived_token_that_nobody_used_in_its_life_gives_the_next_one_a_longer_life() {
    use crate::tenant::state::{Book, Lifetime};
    let mut book = Book::default();
    let life = |book: &Book| [Lifetime::Short, Lifetime::Long].map(|of| of.seconds(book.unused()));
    book.presented(1, true);
    book.presented(1, false);
    assert_eq!(life(&book), [2, 300], "it was used, and ended as it should");
    book.presented(2, false);
    book.presented(2, false);
    assert_eq!(life(&book), [4, 300]);
    (3..9).for_each(|grant| book.presented(grant, false));
    assert_eq!(life(&book), [8, 300], "a person can still wait for it");
}
