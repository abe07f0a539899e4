//! The facts of one person and of the shared staff, drawn from a seeded generator.

use std::collections::HashMap;

use chrono::{Days, Months, NaiveDate};
use fake::Fake;
use fake::faker::address::en::{BuildingNumber, CityName, StreetName};
use fake::faker::company::en::CompanyName;
use fake::faker::name::en::{FirstName, LastName};
use fake::rand::rngs::StdRng;
use fake::rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

/// Cities with a state and the start of their postal codes.
const STATES: [(&str, &str); 6] = [("MA", "02"), ("NY", "12"), ("PA", "17"), ("OH", "44"), ("VT", "05"), ("NH", "03")];

/// A generator for a purpose: the same for the same words.
pub(super) fn generator(words: &[&str], seed: u64) -> StdRng {
    let digest = Sha256::digest(format!("{seed}\n{}", words.join("\n")));
    let mut key = [0_u8; 32];
    key.copy_from_slice(&digest);
    StdRng::from_seed(key)
}

/// Facts common to a tenant.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) facts: HashMap<String, String>,
    /// Day 0 of all timelines.
    pub(super) anchor: NaiveDate,
    pub(super) seed: u64,
}

impl Shared {
    pub(super) fn draw(tenant: &str, seed: u64) -> Shared {
        let mut rng = generator(&[tenant, "shared"], seed);
        let mut facts = HashMap::new();
        let start = NaiveDate::from_ymd_opt(2025, 6, 15).unwrap_or_default();
        let anchor = start - Days::new(rng.random_range(0..90));
        for (role, npi) in [("clinician", "1"), ("specialist", "2")] {
            facts.insert(format!("{role}.given"), FirstName().fake_with_rng(&mut rng));
            facts.insert(format!("{role}.family"), LastName().fake_with_rng(&mut rng));
            facts.insert(format!("{role}.npi"), npi_of(&format!("{npi}{:08}", rng.random_range(0..100_000_000))));
        }
        for place in ["clinic", "laboratory"] {
            let company: String = CompanyName().fake_with_rng(&mut rng);
            facts.insert(format!("{place}.name"), format!("{company} {}", capital(place)));
            facts.insert(format!("{place}.npi"), npi_of(&format!("1{:08}", rng.random_range(0..100_000_000))));
            facts.insert(format!("{place}.phone"), phone(&mut rng));
            address(&mut rng, place, &mut facts);
        }
        facts.insert("laboratory.clia".to_owned(), format!("22D{:07}", rng.random_range(0..10_000_000)));
        facts.insert("tenant".to_owned(), tenant.to_owned());
        Shared { facts, anchor, seed }
    }
}

/// One patient.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: String,
    number: usize,
    pub(super) facts: HashMap<String, String>,
    /// Height in cm and weight in kg at day 0, and what they gain in a year.
    height: (f64, f64),
    weight: (f64, f64),
}

impl Person {
    pub(super) fn draw(tenant: &str, seed: u64, number: usize, shared: &Shared) -> Person {
        let id = format!("patient-{number}");
        let mut rng = generator(&[tenant, &id], seed);
        let months = match number {
            1 => rng.random_range(12 * 28..12 * 38),
            2 => rng.random_range(29..34),
            3 => rng.random_range(12 * 48..12 * 62),
            _ => rng.random_range(12 * 76..12 * 86),
        };
        let birth = shared.anchor - Months::new(months) - Days::new(rng.random_range(0..28));
        let (height, weight) = match number {
            1 => ((rng.random_range(158.0..172.0), 0.0), (rng.random_range(64.0..82.0), 1.5)),
            2 => ((rng.random_range(89.0..94.0), 9.0), (rng.random_range(12.6..14.2), 2.6)),
            3 => ((rng.random_range(172.0..188.0), 0.0), (rng.random_range(84.0..104.0), 2.0)),
            _ => ((rng.random_range(152.0..163.0), -0.2), (rng.random_range(52.0..66.0), -1.2)),
        };
        let mut facts = HashMap::new();
        let family: [String; 3] = std::array::from_fn(|_| LastName().fake_with_rng(&mut rng));
        let given: [String; 4] = std::array::from_fn(|_| FirstName().fake_with_rng(&mut rng));
        let [a, b, kin] = family;
        let [first, middle, relative, _] = given;
        let mrn = format!("MRN{:09}", rng.random_range(0..1_000_000_000));
        let female = number % 3 == 1;
        let pick = |yes: &str, no: &str| if female { yes.to_owned() } else { no.to_owned() };
        let fixed = [
            ("family", format!("{a}-{b}")),
            ("oldfamily", kin),
            ("relative", relative),
            ("phone", phone(&mut rng)),
            ("email", format!("{}.{}@example.org", first.to_lowercase(), mrn.to_lowercase())),
            ("given", first),
            ("middle", middle),
            ("member", format!("MEM{:010}", rng.random_range(0_u64..10_000_000_000))),
            ("serial", format!("SN{:010}", rng.random_range(0_u64..10_000_000_000))),
            ("mrn", mrn),
            ("birth", birth.to_string()),
            ("gender", pick("female", "male")),
            ("birthsex", pick("F", "M")),
            ("sex", pick("248152002", "248153007")),
            ("identity", pick("446141000124107", "446151000124109")),
            ("identityname", pick("Identifies as female gender", "Identifies as male gender")),
            ("patient", id.clone()),
            ("relation", if number == 2 { "MTH|mother" } else { "SPS|spouse" }.to_owned()),
        ];
        facts.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
        address(&mut rng, "home", &mut facts);
        address(&mut rng, "old", &mut facts);
        Person { id, number, facts, height, weight }
    }

    /// Is the person in a group of the data files?
    pub(super) fn is(&self, who: &str) -> bool {
        match who {
            "" | "all" => true,
            "adult" => self.number != 2,
            "child" => self.number == 2,
            "woman" => self.number == 1,
            "deceased" => self.number == 3,
            "living" => self.number != 3,
            _ => false,
        }
    }

    pub(super) fn full_name(&self) -> String {
        let fact = |name: &str| self.facts.get(name).map(String::as_str).unwrap_or_default();
        format!("{} {}", fact("given"), fact("family"))
    }

    /// A measurement on a day; none when it is not one.
    pub(super) fn measure(&self, name: &str, day: i64) -> Option<String> {
        let at = |(now, yearly): (f64, f64)| now + yearly * day as f64 / 365.0;
        let (height, weight) = (at(self.height), at(self.weight));
        match name {
            "height" => Some(format!("{height:.1}")),
            "weight" => Some(format!("{weight:.1}")),
            "bmi" => Some(format!("{:.1}", weight / (height / 100.0).powi(2))),
            "head" => Some(format!("{:.1}", 49.0 + 1.2 * day as f64 / 365.0)),
            _ => None,
        }
    }
}

fn address(rng: &mut StdRng, place: &str, facts: &mut HashMap<String, String>) {
    let (state, zip) = STATES.get(rng.random_range(0..STATES.len())).copied().unwrap_or(("MA", "02"));
    let number: String = BuildingNumber().fake_with_rng(rng);
    let street: String = StreetName().fake_with_rng(rng);
    let city: String = CityName().fake_with_rng(rng);
    facts.insert(format!("{place}.line"), format!("{number} {street}"));
    facts.insert(format!("{place}.city"), city);
    facts.insert(format!("{place}.state"), state.to_owned());
    facts.insert(format!("{place}.zip"), format!("{zip}{:03}", rng.random_range(100..999)));
}

fn phone(rng: &mut StdRng) -> String {
    format!("+1-{}-555-{:04}", rng.random_range(201..989), rng.random_range(0..10_000))
}

fn capital(word: &str) -> String {
    let (head, tail) = word.split_at(1);
    format!("{}{tail}", head.to_uppercase())
}

/// A National Provider Identifier: nine digits and the Luhn digit over `80840` and them.
fn npi_of(nine: &str) -> String {
    let digits = format!("80840{nine}");
    let mut sum = 0;
    for (n, digit) in digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate() {
        let doubled = if n % 2 == 0 { digit * 2 } else { digit };
        sum += doubled / 10 + doubled % 10;
    }
    format!("{nine}{}", (10 - sum % 10) % 10)
}
