//! One edit to a resource, of the kinds that real servers get wrong; seeded, so that a finding can be repeated.

use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

/// Damages the resource in one place and says what was done.
pub fn damage(resource: &mut Value, rng: &mut StdRng) -> String {
    loop {
        let edit = EDITS[rng.random_range(0..EDITS.len())];
        let mut places = Vec::new();
        collect(resource, String::new(), &mut places);
        // The claim decides which rules apply: damaging it would only compare less.
        places.retain(|p| {
            !p.starts_with("/meta/profile") && p != "/resourceType" && p != "/meta" && !p.starts_with("/text")
        });
        if places.is_empty() {
            return "nothing".to_owned();
        }
        let place = places[rng.random_range(0..places.len())].clone();
        if apply(resource, edit, &place, rng) {
            return format!("{edit} {place}");
        }
    }
}

const EDITS: [&str; 20] = [
    "drop",
    "drop",
    "drop",
    "duplicate",
    "wrap",
    "unwrap",
    "retype",
    "recode",
    "resystem",
    "move",
    "rename",
    "invent",
    "redate",
    "retarget",
    "empty",
    "null",
    "reunit",
    "space",
    "choice",
    "flood",
];

fn collect(value: &Value, path: String, out: &mut Vec<String>) {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            for (key, child) in members {
                let path = format!("{path}/{}", escape(key));
                out.push(path.clone());
                collect(child, path, out);
            }
        }
        Value::Array(items) => {
            for (n, child) in items.iter().enumerate() {
                let path = format!("{path}/{n}");
                out.push(path.clone());
                collect(child, path, out);
            }
        }
        _ => {}
    }
}

fn apply(resource: &mut Value, edit: &str, place: &str, rng: &mut StdRng) -> bool {
    let (above, last) = place.rsplit_once('/').unwrap_or(("", place));
    let key = last.replace("~1", "/").replace("~0", "~");
    let Some(parent) = resource.pointer_mut(above) else { return false };
    match (edit, parent) {
        ("drop", Value::Object(members)) => members.shift_remove(&key).is_some(),
        ("drop", Value::Array(items)) if items.len() > 1 => key.parse().map(|n: usize| items.remove(n)).is_ok(),
        ("duplicate", Value::Array(items)) => {
            let Some(item) = key.parse().ok().and_then(|n: usize| items.get(n).cloned()) else { return false };
            items.push(item);
            true
        }
        ("rename", Value::Object(members)) => {
            let Some(value) = members.shift_remove(&key) else { return false };
            members.insert(format!("{key}X"), value);
            true
        }
        ("invent", Value::Object(members)) => {
            members.insert("favouriteColour".to_owned(), json!("blue"));
            true
        }
        ("choice", Value::Object(members)) => rechoose(members, &key),
        ("move", Value::Object(members)) => {
            let Some(value) = members.shift_remove(&key) else { return false };
            let mut places = Vec::new();
            collect(resource, String::new(), &mut places);
            places.retain(|p| resource.pointer(p).is_some_and(Value::is_object) && !p.starts_with("/text"));
            if places.is_empty() {
                return false;
            }
            let target = &places[rng.random_range(0..places.len())];
            match resource.pointer_mut(target) {
                Some(Value::Object(members)) if !members.contains_key(&key) => {
                    members.insert(key, value);
                    true
                }
                _ => false,
            }
        }
        (_, parent) => {
            let value = match parent {
                Value::Object(members) => members.get_mut(&key),
                Value::Array(items) => key.parse().ok().and_then(|n: usize| items.get_mut(n)),
                _ => None,
            };
            value.is_some_and(|value| replace(value, edit, &key))
        }
    }
}

fn replace(value: &mut Value, edit: &str, key: &str) -> bool {
    let new = match (edit, &*value) {
        ("wrap", v) if !v.is_array() => json!([v]),
        ("unwrap", Value::Array(items)) => items.first().cloned().unwrap_or_default(),
        ("retype", Value::String(_)) => json!(5),
        ("retype", Value::Number(n)) => json!(n.to_string()),
        ("retype", Value::Bool(b)) => json!(b.to_string()),
        ("retype", Value::Object(_)) => json!("text"),
        ("retype", Value::Array(_)) => json!({}),
        ("recode", Value::String(_))
            if matches!(key, "code" | "status" | "intent" | "use" | "gender" | "valueCode") =>
        {
            json!("no-such-code")
        }
        ("resystem", Value::String(_)) if key == "system" => json!("http://example.org/other"),
        ("redate", Value::String(s)) if s.len() >= 10 && s.as_bytes()[4] == b'-' && s.as_bytes()[7] == b'-' => {
            json!(s.replacen(&s[5..10], "02-30", 1))
        }
        ("retarget", Value::String(s)) if key == "reference" && s.contains('/') => json!("Substance/of-another-kind"),
        ("reunit", Value::String(_)) if matches!(key, "unit" | "code") => json!("furlong"),
        ("space", Value::String(s)) => json!(format!(" {s}")),
        ("empty", Value::String(_)) => json!(""),
        ("empty", Value::Array(_)) => json!([]),
        ("empty", Value::Object(_)) => json!({}),
        ("null", _) => Value::Null,
        ("flood", Value::String(_)) if matches!(key, "url" | "reference" | "id") => json!("a b"),
        ("flood", Value::Number(_)) => json!(-1.5),
        _ => return false,
    };
    *value = new;
    true
}

/// Gives a choice another type.
fn rechoose(members: &mut Map<String, Value>, key: &str) -> bool {
    let stem = ["value", "effective", "onset", "performed", "medication", "occurrence"];
    let Some(stem) = stem.iter().find(|s| key.len() > s.len() && key.starts_with(**s)) else { return false };
    if members.shift_remove(key).is_none() {
        return false;
    }
    members.insert(format!("{stem}Boolean"), json!(true));
    true
}
