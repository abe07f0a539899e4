//! The `id_token`: its signature, and its claims about the app, the moment and the person (OpenID Connect Core 1.0).

use super::Observation;
use crate::http::Answer;
use crate::smart::{Claims, Grant, peek, verify};
use serde_json::Value;

/// How far clocks may differ, in seconds.
const FRESH: i64 = 600;
/// The types that a `fhirUser` may have (SMART App Launch 2.0.0).
const PEOPLE: [&str; 4] = ["Patient", "Practitioner", "RelatedPerson", "Person"];

/// The `id_token` under examination.
pub struct IdToken {
    token: String,
    header: Value,
    payload: Value,
    /// The exchange in which it came.
    number: u32,
}

impl IdToken {
    /// That of a token response, if it has one. One that is no JWT has no claims, so that every expectation of it fails and
    /// says so.
    pub fn of(grant: &Grant) -> Option<Self> {
        let token = grant.id_token.clone()?;
        let (header, payload) = match peek(&token) {
            Some(Claims { header, payload, .. }) => (header, payload),
            None => (Value::Null, Value::Null),
        };
        Some(Self { token, header, payload, number: grant.number })
    }

    fn seen(&self, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
        Observation::new(met, expected, observed, vec![self.number])
    }

    /// Whether one of these keys, which came in exchange `number`, signed it.
    pub fn verifies(&self, keys: &Value, number: u32) -> Observation {
        let verified = verify(&self.token, keys);
        let observed = verified.as_ref().map_or_else(ToString::to_string, |_| "it verifies".to_owned());
        let cites = vec![self.number, number];
        Observation::new(verified.is_ok(), "a signature by a published key", observed, cites)
    }

    /// Whether it is from the same issuer, for the same person and the same app as an earlier one.
    pub fn is_of_the_same_as(&self, first: &Self) -> Observation {
        let differ = ["iss", "sub", "aud"].into_iter().filter(|name| self.payload[*name] != first.payload[*name]);
        let differ: Vec<&str> = differ.collect();
        let observed = if differ.is_empty() { "the same".to_owned() } else { format!("another {}", differ.join(", ")) };
        let cites = vec![first.number, self.number];
        Observation::new(differ.is_empty(), "the same iss, sub and aud", observed, cites)
    }

    /// Whether an answer about the person names the same subject.
    pub fn is_of(&self, subject: Option<&str>, answer: &Answer) -> Observation {
        let observed = match subject {
            Some(own) if self.payload["sub"] == own => "the same sub",
            Some(_) => "another sub",
            None => "no sub",
        };
        let cites = vec![self.number, answer.number()];
        let observed = format!("status {} with {observed}", answer.status());
        let met = answer.is_success() && subject.is_some_and(|own| self.payload["sub"] == own);
        Observation::new(met, "200 with the sub of the id_token", observed, cites)
    }

    /// Whether its `at_hash`, if it has one, is of the access token that came with it (OpenID Connect Core 1.0, 3.1.3.6).
    pub fn hashes(&self, access_token: &str) -> Option<Observation> {
        use base64::Engine as _;
        use sha2::{Digest as _, Sha256, Sha384, Sha512};
        let own = self.payload["at_hash"].as_str()?;
        let digest = match self.header["alg"].as_str()?.get(2..)? {
            "256" => Sha256::digest(access_token).to_vec(),
            "384" => Sha384::digest(access_token).to_vec(),
            "512" => Sha512::digest(access_token).to_vec(),
            _ => return None,
        };
        let half = digest.get(..digest.len() / 2)?;
        let met = own == base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half);
        Some(self.seen(met, "the hash of the access token", if met { "it is" } else { "another hash" }))
    }

    /// What there is to say where no keys are published.
    pub fn without_keys(&self) -> Observation {
        self.seen(false, "published keys", "no jwks_uri")
    }

    /// Whether its header names this algorithm.
    pub fn has_algorithm(&self, wanted: &str) -> Observation {
        let own = self.header["alg"].as_str().unwrap_or("absent");
        self.seen(own == wanted, format!("alg {wanted}"), format!("alg {own}"))
    }

    /// Whether it is from the issuer that the SMART configuration names.
    pub fn is_from(&self, issuer: Option<&str>) -> Observation {
        let own = self.payload["iss"].as_str().unwrap_or("absent");
        let wanted = issuer.unwrap_or("(the SMART configuration names none)");
        self.seen(own == wanted, format!("iss {wanted}"), format!("iss {own}"))
    }

    /// Whether its aud names a client, alone or among others.
    fn names(&self, client: &str) -> bool {
        let own = &self.payload["aud"];
        own == client || own.as_array().is_some_and(|all| all.iter().any(|one| one == client))
    }

    /// Whether it is not for a client, not even among others.
    pub fn is_not_for(&self, client: &str) -> Observation {
        let is_for = self.names(client);
        let observed = if is_for { format!("aud {client} too") } else { "no other client".to_owned() };
        self.seen(!is_for, format!("an aud without {client}"), observed)
    }

    /// Whether it is for a client, alone or among others.
    pub fn is_for(&self, client: &str) -> Observation {
        let met = self.names(client);
        let observed = if met { format!("aud {client}") } else { "another aud".to_owned() };
        self.seen(met, format!("aud {client}"), observed)
    }

    /// Whether it had not expired when it came: `came` and `skew` in seconds.
    pub fn expires_after(&self, came: [i64; 2], skew: i64) -> Observation {
        let left = self.payload["exp"].as_i64().map(|exp| exp.saturating_sub(came[0].min(came[1])));
        let observed = left.map_or_else(|| "no numeric exp".to_owned(), |left| format!("exp in {left} s"));
        self.seen(left.is_some_and(|left| left > -skew), "exp ahead", observed)
    }

    /// Whether it was issued about when it came, in seconds.
    pub fn issued_at(&self, came: [i64; 2]) -> Observation {
        let ages =
            |iat: i64| came.map(|came| came.saturating_sub(iat)).into_iter().min_by_key(|age| age.unsigned_abs());
        let age = self.payload["iat"].as_i64().and_then(ages);
        let observed = age.map_or_else(|| "no numeric iat".to_owned(), |age| format!("iat {age} s ago"));
        self.seen(age.is_some_and(|age| (-FRESH..=FRESH).contains(&age)), "iat within ten minutes", observed)
    }

    /// Whether another person's token names another person.
    pub fn is_of_another_person_than(&self, other: &Self) -> Observation {
        let same = |name: &&str| self.payload[*name].is_string() && self.payload[*name] == other.payload[*name];
        let same: Vec<&str> = ["sub", "fhirUser"].into_iter().filter(same).collect();
        let observed = if same.is_empty() { "they differ".to_owned() } else { format!("the same {}", same.join(", ")) };
        let cites = vec![self.number, other.number];
        Observation::new(same.is_empty(), "another sub and another fhirUser", observed, cites)
    }

    /// Whether an introspection names the same issuer and subject.
    pub fn is_introspected(&self, answer: &Answer) -> Observation {
        let body = answer.json().unwrap_or_default();
        let differs = |name: &&str| !body[*name].is_string() || body[*name] != self.payload[*name];
        let differ: Vec<&str> = ["iss", "sub"].into_iter().filter(differs).collect();
        let observed =
            if differ.is_empty() { "they agree".to_owned() } else { format!("differ: {}", differ.join(", ")) };
        let cites = vec![answer.number(), self.number];
        Observation::new(differ.is_empty(), "iss and sub of the id_token", observed, cites)
    }

    /// Whether it names a subject of a permitted length.
    pub fn has_subject(&self) -> Observation {
        let own = self.payload["sub"].as_str().map(|sub| sub.trim().chars().count());
        let observed = own.map_or_else(|| "no sub".to_owned(), |length| format!("{length} characters"));
        self.seen(own.is_some_and(|length| (1..=255).contains(&length)), "sub of 1 to 255 characters", observed)
    }

    /// Whether it answers the request that had this nonce.
    pub fn has_nonce(&self, wanted: &str) -> Observation {
        let observed = match self.payload["nonce"].as_str() {
            Some(nonce) if nonce == wanted => "the same nonce",
            Some(_) => "another nonce",
            None => "no nonce",
        };
        self.seen(observed == "the same nonce", "the same nonce", observed)
    }

    /// `Type/id` of the person, where the claim names one of a permitted type.
    pub fn fhir_user(&self) -> Option<String> {
        let mut parts = self.payload["fhirUser"].as_str()?.trim_end_matches('/').rsplit('/');
        let (id, of) = (parts.next()?, parts.next()?);
        (PEOPLE.contains(&of) && !id.is_empty()).then(|| format!("{of}/{id}"))
    }

    /// Whether it names the person's own resource.
    pub fn has_fhir_user(&self) -> Observation {
        let path = self.fhir_user();
        let of = path.as_ref().and_then(|path| path.split('/').next());
        let observed = of.map_or_else(|| "absent, or of another type".to_owned(), |of| format!("a {of}"));
        self.seen(path.is_some(), "a Patient, Practitioner, RelatedPerson or Person", observed)
    }
}
