//! Phrases about the last answer: its status, headers, media type and resource.

use super::{Outcome, Words, World};
use crate::fhir::Bundle;
use serde_json::Value;

topic! {
    Check r"the status (?:is|should be) (\d{3}(?:, \d{3})*(?: or \d{3})?)" "one of these HTTP statuses" status;
    Check r#"the content type (?:is|should be) ("[^"]+"(?: or "[^"]+")*)"# "one of these media types, parameters aside" content_type;
    Check r#"the header "([^"]+)" (?:holds|should hold) ("[^"]+"(?: or "[^"]+")*)"# "a header with one of these words" header;
    Check r"the Bundle is a searchset" "Bundle.type" searchset;
    Check r"the body is a JSON object" "a JSON object" json_object;
    Check r"the resource (?:is|should be) an? {ResourceType}" "a resource of this type" resource_type;
}

async fn status(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let wanted: Vec<&str> = words.get(0).split([',', ' ']).filter(|word| word.len() == 3).collect();
    let own = answer.status().to_string();
    let held = wanted.contains(&own.as_str());
    let observed = format!("status {own}");
    world.check(&words, held, format!("status {}", words.get(0)), observed, vec![answer.number()])
}

async fn content_type(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let own = answer.media_type().unwrap_or_else(|| "no content type".to_owned());
    let held = words.quoted().contains(&own.as_str());
    world.check(&words, held, format!("content type {}", words.get(0)), own, vec![answer.number()])
}

async fn header(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let name = words.get(0);
    let values: Vec<&str> = answer.headers(name).collect();
    let wanted: Vec<String> = words.quoted().into_iter().skip(1).map(str::to_ascii_lowercase).collect();
    let held = values.iter().any(|value| {
        let value = value.to_ascii_lowercase();
        wanted.iter().any(|word| value.contains(word.as_str()))
    });
    let observed =
        if values.is_empty() { format!("no header {name}") } else { format!("{name}: {}", values.join(", ")) };
    world.check(&words, held, format!("header {name} with {}", words.get(1)), observed, vec![answer.number()])
}

async fn searchset(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let bundle = answer.json().ok().and_then(Bundle::of);
    let observed = match &bundle {
        Some(bundle) => format!("a Bundle of type `{}`", bundle.kind()),
        None => "no Bundle".to_owned(),
    };
    let held = bundle.is_some_and(|bundle| bundle.kind() == "searchset");
    world.check(&words, held, "a Bundle of type `searchset`", observed, vec![answer.number()])
}

async fn json_object(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let (held, observed) = match answer.json() {
        Ok(Value::Object(_)) => (true, "a JSON object".to_owned()),
        Ok(_) => (false, "JSON that is no object".to_owned()),
        Err(instead) => (false, instead),
    };
    world.check(&words, held, "a JSON object", observed, vec![answer.number()])
}

async fn resource_type(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let wanted = words.get(0);
    let observed = kind_of(&answer);
    let held = observed == format!("a resource {wanted}");
    world.check(&words, held, format!("a resource {wanted}"), observed, vec![answer.number()])
}

/// What an answer is, in words without content.
pub(super) fn kind_of(answer: &crate::http::Answer) -> String {
    match answer.json() {
        Ok(body) => match body["resourceType"].as_str() {
            // A resource type is letters only; anything else is the target's text and stays out.
            Some(kind) if !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic()) => {
                format!("a resource {kind}")
            }
            _ => "JSON without a resourceType".to_owned(),
        },
        Err(instead) => instead,
    }
}
