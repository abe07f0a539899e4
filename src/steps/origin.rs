//! Phrases about pages of other origins: what a browser lets them read (Fetch Standard, CORS protocol).

use super::access::patient;
use super::injection::answers;
use super::{Outcome, Words, World};
use crate::examine::answer;
use crate::fhir;
use crate::http::Call;
use crate::probe::{Attack as _, ForeignPage, PageOrigin};
use crate::target::ClientRole;

topic! {
    When r"a page of {ForeignPage} asks the FHIR API and the authorization server" "GET of the Patient with the token, of the authorization endpoint, and a POST to the token endpoint, each with that Origin" asks;
    Check r"no answer lets that page read it with the user's credentials" "Access-Control-Allow-Origin for the page with Access-Control-Allow-Credentials: true" unread;
    Check r"the authorization endpoint (?:lets|should let) no page of another origin read it" "no Access-Control-Allow-Origin" authorize_unread;
}

async fn asks(world: &mut World, words: Words) -> Outcome {
    let (attack, site) = (words.slot::<ForeignPage>()?, world.bench.site.clone());
    let client = site.client(ClientRole::Public).map_err(|trouble| world.halt(&words, trouble))?;
    let registered = site.redirect_uri(client).map_err(|trouble| world.halt(&words, trouble))?.clone();
    let mut page = PageOrigin { registered, origin: String::new() };
    attack.make(&mut page).map_err(|need| world.lacks(need))?;
    let endpoints = world.endpoints(&words).await?;
    let purpose = |what: &str| format!("{what}, asked by a page of {}", attack.about().words);
    let token = world.grant()?.access_token;
    let patient = site.fhir(&format!("Patient/{}", patient(world)?));
    let calls = [
        fhir::get(patient, Some(&token), &purpose("the Patient")),
        Call::get(endpoints.authorize, purpose("the authorization endpoint")).header("accept", "text/html").oauth(),
        Call::post_form(endpoints.token, &[], purpose("the token endpoint")).oauth(),
    ];
    let asked = calls.into_iter().map(|call| call.header("origin", page.origin.as_str())).collect();
    answers(world, asked).await
}

async fn unread(world: &mut World, words: Words) -> Outcome {
    world.write_all(&words, world.answers()?.into_iter().map(answer::is_unread_with_credentials))
}

async fn authorize_unread(world: &mut World, words: Words) -> Outcome {
    let seen = world.answers()?.get(1).map(|answer| answer::is_unread(answer));
    world.write_all(&words, seen)
}
