//! What is written down: plain data, no I/O. Every report is a rendering of these types.

mod again;
mod attestation;
mod cause;
mod diff;
mod exchange;
mod finding;
mod id;
mod issue;
mod ledger;
mod merge;
mod requirement;
mod run;
mod setup;
mod verdict;
mod waiver;

pub use again::Again;
pub use attestation::Attestation;
pub use cause::Cause;
pub use diff::{Change, Difference};
pub use exchange::{Body, Exchange, Header, Outline, Request, Response, Timing, TlsFacts};
pub use finding::{Element, Finding, Halt};
pub use id::{Id, IdError};
pub use issue::{Checked, Issue, IssueKind, IssueSeverity, NotEvaluated};
pub use ledger::{Closing, Entry, Ledger, Page, Sink};
pub use merge::{NoShard, Shard, Unmerged};
pub use requirement::{Requirement, Severity, Source, Strength};
pub use run::{
    Baseline, Counts, Provenance, Run, RunStart, SCHEMA_VERSION, ScenarioRecord, StepRecord, TargetRecord, Traffic,
};
pub use setup::{SetupRecord, SetupState};
pub use verdict::{FailOn, Gate, GateFailure, Verdict};
pub use waiver::{Waiver, WaiverState};
