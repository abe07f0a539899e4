//! What features of one's own expect of an answer: headers that are not there, numbers of resources, time, an expression, and
//! the same as another answer.

use super::Observation;
use crate::fhir::Bundle;
use crate::http::Answer;
use crate::profile::holds_in;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many is meant by a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// That many.
    Exactly,
    /// That many or more.
    AtLeast,
    /// That many or fewer.
    AtMost,
}

impl Many {
    /// What the words say: `exactly`, `at least` or `at most`.
    pub fn of(words: &str) -> Self {
        match words {
            "at least" => Self::AtLeast,
            "at most" => Self::AtMost,
            _ => Self::Exactly,
        }
    }
}

/// Whether the answer has no such header.
pub fn without_header(answer: &Answer, name: &str) -> Observation {
    let is_there = answer.headers(name).next().is_some();
    let observed = if is_there { format!("the header {name} is there") } else { "no such header".to_owned() };
    Observation::new(!is_there, format!("no header {name}"), observed, vec![answer.number()])
}

/// Whether the Bundle holds so many resources of a type.
pub fn holds_many(answer: &Answer, many: Many, number: usize, of: &str) -> Observation {
    let bundle = answer.json().ok().and_then(Bundle::of);
    let count = bundle.as_ref().map(|bundle| bundle.resources().filter(|own| own["resourceType"] == of).count());
    let met = count.is_some_and(|count| match many {
        Many::Exactly => count == number,
        Many::AtLeast => count >= number,
        Many::AtMost => count <= number,
    });
    let words = match many {
        Many::Exactly => "exactly",
        Many::AtLeast => "at least",
        Many::AtMost => "at most",
    };
    let observed = count.map_or_else(|| "no Bundle".to_owned(), |count| count.to_string());
    Observation::new(met, format!("{words} {number} of {of}"), observed, vec![answer.number()])
}

/// Whether the whole answer had come within that time.
pub fn within(answer: &Answer, longest: Duration) -> Observation {
    let took = answer.took();
    let observed = format!("{} ms", took.as_millis());
    let expected = format!("at most {} ms", longest.as_millis());
    Observation::new(took <= longest, expected, observed, vec![answer.number()])
}

/// Whether a FHIRPath expression is true of the resource. An empty result is not.
pub fn is_true(answer: &Answer, expression: &str) -> Observation {
    // What is not understood was refused before the run.
    let holds = holds_in(expression, &answer.text()).unwrap_or(false);
    let observed = if holds { "true" } else { "not true" };
    Observation::new(holds, format!("`{expression}` is true"), observed, vec![answer.number()])
}

/// Whether two answers have the same status and hold the same resources, in any order.
pub fn same(answer: &Answer, other: &Answer) -> Observation {
    let (own, before) = (content(answer), content(other));
    let observed = if answer.status() != other.status() {
        format!("status {} and status {}", answer.status(), other.status())
    } else if own == before {
        "the same".to_owned()
    } else {
        let differ = own.iter().filter(|(name, body)| before.get(*name) != Some(*body)).count();
        let gone = before.keys().filter(|name| !own.contains_key(*name)).count();
        format!("{differ} of {} differ or are new, {gone} are gone", own.len())
    };
    let cites = vec![other.number(), answer.number()];
    Observation::new(observed == "the same", "the same status and the same resources", observed, cites)
}

/// The resources of an answer by their reference; the body under no name where it is no Bundle.
fn content(answer: &Answer) -> BTreeMap<String, Value> {
    let body = answer.json().unwrap_or_else(|_| Value::String(answer.text().into_owned()));
    match Bundle::of(body.clone()) {
        Some(bundle) => bundle.resources().map(|own| (crate::fhir::reference_to(own), own.clone())).collect(),
        None => BTreeMap::from([(String::new(), body)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(number: u32, body: &Value) -> Answer {
        let url = url::Url::parse("https://fhir.example.org/r4/Condition").unwrap();
        Answer::new(number, url, 200, vec![("x-own".to_owned(), "1".to_owned())], body.to_string().into_bytes())
    }

    fn bundle(ids: &[&str]) -> Value {
        let entries: Vec<Value> =
            ids.iter().map(|id| json!({ "resource": { "resourceType": "Condition", "id": id } })).collect();
        json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries, "timestamp": ids.len() })
    }

    #[test]
    fn numbers_headers_and_expressions_are_looked_at() {
        let two = answer(1, &bundle(&["a", "b"]));
        for (many, number, met) in [
            (Many::Exactly, 2, true),
            (Many::Exactly, 1, false),
            (Many::AtLeast, 2, true),
            (Many::AtLeast, 3, false),
            (Many::AtMost, 1, false),
        ] {
            assert_eq!(holds_many(&two, many, number, "Condition").met, met, "{many:?} {number}");
        }
        assert!(!holds_many(&two, Many::AtLeast, 1, "Goal").met);
        assert!(without_header(&two, "x-other").met && !without_header(&two, "x-own").met);
        assert!(is_true(&two, "entry.count() = 2").met && !is_true(&two, "entry.resource.ofType(Goal).exists()").met);
        assert!(within(&two, Duration::from_millis(1)).met);
        assert_eq!(holds_many(&answer(1, &json!({})), Many::AtLeast, 0, "Goal").observed, "no Bundle");
    }

    #[test]
    fn the_same_resources_in_another_order_are_the_same() {
        let (one, other) = (answer(1, &bundle(&["a", "b"])), answer(2, &bundle(&["b", "a"])));
        assert!(same(&one, &other).met);
        let seen = same(&answer(3, &bundle(&["a", "c"])), &one);
        assert_eq!((seen.met, seen.cites), (false, vec![1, 3]));
        assert_eq!(seen.observed, "1 of 2 differ or are new, 1 are gone");
    }
}
