//! The vital-sign profiles by the short names that faults use.

use serde_json::Value;

const PROFILES: [(&str, &str, &[&str]); 12] = [
    ("blood-pressure", "us-core-blood-pressure", &["85354-9"]),
    ("bmi", "us-core-bmi", &["39156-5"]),
    ("head-circumference", "us-core-head-circumference", &["9843-4"]),
    ("body-height", "us-core-body-height", &["8302-2"]),
    ("body-weight", "us-core-body-weight", &["29463-7"]),
    ("body-temperature", "us-core-body-temperature", &["8310-5"]),
    ("heart-rate", "us-core-heart-rate", &["8867-4"]),
    ("respiratory-rate", "us-core-respiratory-rate", &["9279-1"]),
    ("pulse-oximetry", "us-core-pulse-oximetry", &["59408-5", "2708-6"]),
    ("bmi-for-age", "pediatric-bmi-for-age", &["59576-9"]),
    ("weight-for-height", "pediatric-weight-for-height", &["77606-2"]),
    ("head-circumference-percentile", "head-occipital-frontal-circumference-percentile", &["8289-1"]),
];

/// Is the resource an instance of the profile with this short name?
pub(super) fn is(key: &str, resource: &Value) -> bool {
    let Some((_, profile, _)) = PROFILES.iter().find(|(k, ..)| *k == key) else { return false };
    let profiles = resource.pointer("/meta/profile").and_then(Value::as_array).into_iter().flatten();
    profiles.filter_map(Value::as_str).any(|url| url.rsplit('/').next() == Some(profile))
}

/// Does a value of `code` ask for the profile with this short name?
pub(super) fn asked(key: &str, code: &str) -> bool {
    let Some((.., codes)) = PROFILES.iter().find(|(k, ..)| *k == key) else { return false };
    code.split(',').any(|c| codes.contains(&c.rsplit('|').next().unwrap_or_default()))
}
