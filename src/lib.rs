//! Probity examines a SMART on FHIR patient-access API and says, with evidence, what conforms and what is unsafe.
//!
//! A *step* asks a *probe* (or the SMART / FHIR client) to act on the *target*; every HTTP *exchange* is recorded;
//! a *finding* cites exchanges against a *requirement*; findings fold into a *verdict*; verdicts make a *run*;
//! everything a person or a pipeline reads is a rendering of a run.
//!
//! | module | owns | may use | fences in |
//! | --- | --- | --- | --- |
//! | record | what is written down | | |
//! | target | who is examined | record | scraper |
//! | http | the only door out | record target | reqwest |
//! | profile | whether a resource conforms | record | quick_xml tar octofhir_ucum |
//! | search | what a search means | profile record | |
//! | smart | SMART, OAuth and OpenID as a client | http record target | oauth2 jsonwebtoken scraper cookie_store |
//! | fhir | FHIR REST as a client | smart http record target | |
//! | chart | everything the patients are shown | search fhir profile smart http record target | |
//! | examine | whether expectations held, judged without I/O | chart search profile smart fhir http record | |
//! | watch | what holds for every answer of a run | smart http record | |
//! | probe | attacks as types, one topic a file | smart fhir http record target | jsonwebtoken |
//! | steps | the phrases of the features | examine watch probe chart search profile smart fhir http record target | cucumber jsonschema |
//! | suite | the wiring of cucumber | steps chart search profile smart http record target | cucumber |
//! | report | a run as bytes | record | askama tabled quick_junit |
//! | tenant | the reference target | | axum fake jsonwebtoken |
//! | cli | the verbs | all | clap indicatif age object_store |
//!
//! A few scenarios against the embedded reference target, from a program:
//!
//! ```
//! # use probity::{suite, target, tenant};
//! # use std::sync::Arc;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let serving = tenant::serve(tenant::Options::default()).await?;
//! let values = target::Values::new(serving.secrets().clone());
//! let target = target::embedded(serving.origin(), &values).map_err(|error| error.render(false))?;
//! let plan = suite::Plan::new(suite::Catalogue::embedded()?, &["pkce".to_owned()])?;
//! let run = suite::run(plan, Arc::new(target), Arc::new(|_| ()), std::future::pending()).await?;
//! assert!(!run.scenarios.is_empty());
//! assert_eq!(run.counts().pass, run.scenarios.len());
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! `tests/architecture.rs` reads this table and holds the sources to it.

pub mod chart;
pub mod cli;
pub mod examine;
pub mod fhir;
pub mod http;
pub mod probe;
pub mod profile;
pub mod record;
pub mod report;
pub mod search;
pub mod smart;
pub mod steps;
pub mod suite;
pub mod target;
pub mod tenant;
pub mod watch;
