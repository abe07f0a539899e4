//! Scenarios in few words.

use probity::record::{
    Again, Cause, Element, Finding, Id, NotEvaluated, Requirement, ScenarioRecord, Severity, Source, StepRecord,
    Strength, Verdict,
};

/// A scenario in the making.
pub(crate) struct Case {
    record: ScenarioRecord,
}

pub(crate) fn case(file: &str, line: usize, feature: &str, id: &str, name: &str, text: &str) -> Case {
    Case {
        record: ScenarioRecord {
            requirement: Requirement {
                id: id.parse::<Id>().unwrap(),
                strength: Strength::Shall,
                severity: None,
                text: text.to_owned(),
                sources: Vec::new(),
                g10: Vec::new(),
                advice: None,
            },
            name: name.to_owned(),
            feature: feature.to_owned(),
            file: file.to_owned(),
            line,
            tags: Vec::new(),
            verdict: Verdict::Pass,
            cause: None,
            reason: None,
            steps: Vec::new(),
            exchanges: Vec::new(),
            setup: Vec::new(),
            duration_us: 41_000 + 7_300 * line as u64,
            waiver: None,
            attestation: None,
            again: None,
        },
    }
}

impl Case {
    pub(crate) fn strength(mut self, strength: Strength) -> Self {
        self.record.requirement.strength = strength;
        self
    }
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.record.requirement.severity = Some(severity);
        self.record.tags = vec!["security".to_owned()];
        self
    }
    pub(crate) fn source(mut self, specification: &str, section: &str, url: &str) -> Self {
        self.record.requirement.sources.push(Source {
            specification: specification.to_owned(),
            section: Some(section.to_owned()).filter(|s| !s.is_empty()),
            number: None,
            url: Some(url.to_owned()).filter(|u| !u.is_empty()),
        });
        self
    }
    pub(crate) fn g10(mut self, steps: &[&str]) -> Self {
        self.record.requirement.g10 = steps.iter().map(|s| (*s).to_owned()).collect();
        self
    }
    pub(crate) fn advice(mut self, advice: &str) -> Self {
        self.record.requirement.advice = Some(advice.to_owned());
        self
    }
    pub(crate) fn step(mut self, keyword: &str, text: &str) -> Self {
        self.record.steps.push(StepRecord {
            keyword: keyword.to_owned(),
            text: text.to_owned(),
            reached: true,
            findings: Vec::new(),
        });
        self
    }
    pub(crate) fn unreached(mut self, keyword: &str, text: &str) -> Self {
        self = self.step(keyword, text);
        self.record.steps.last_mut().unwrap().reached = false;
        self
    }
    pub(crate) fn finding(
        mut self,
        met: bool,
        strength: Strength,
        expected: &str,
        observed: &str,
        cites: &[u32],
    ) -> Self {
        self.record.exchanges.extend(cites);
        self.record.exchanges.sort_unstable();
        self.record.exchanges.dedup();
        self.record.steps.last_mut().unwrap().findings.push(Finding {
            met,
            strength,
            expected: expected.to_owned(),
            observed: observed.to_owned(),
            cites: cites.to_vec(),
            elements: Vec::new(),
            not_evaluated: Vec::new(),
        });
        self
    }
    /// The last finding asks for these elements.
    pub(crate) fn showing(mut self, elements: &[(&str, Option<u32>)]) -> Self {
        let all = elements.iter().map(|(name, seen)| Element { name: (*name).to_owned(), seen: *seen });
        self.record.steps.last_mut().unwrap().findings.last_mut().unwrap().elements = all.collect();
        self
    }
    /// This of the last finding could not be judged.
    pub(crate) fn leaving(mut self, what: &str, reason: &str) -> Self {
        let left = NotEvaluated { what: what.to_owned(), reason: reason.to_owned(), count: 2 };
        self.record.steps.last_mut().unwrap().findings.last_mut().unwrap().not_evaluated.push(left);
        self
    }
    pub(crate) fn met(self, expected: &str, observed: &str, cites: &[u32]) -> Self {
        self.finding(true, Strength::Shall, expected, observed, cites)
    }
    pub(crate) fn stopped(mut self, verdict: Verdict, reason: &str, exchanges: &[u32]) -> ScenarioRecord {
        self.record.exchanges.extend(exchanges);
        self.record.verdict = verdict;
        self.record.cause = self.record.cause.or(match verdict {
            Verdict::Skip => Some(Cause::NotConfigured),
            Verdict::Error => Some(Cause::NoAnswer),
            Verdict::Attested | Verdict::Outstanding => Some(Cause::Person),
            Verdict::Pass | Verdict::Warn | Verdict::Fail => None,
        });
        self.record.reason = Some(reason.to_owned());
        self.record
    }
    /// It was tried again, and everything held.
    pub(crate) fn flaky(mut self, exchanges: &[u32]) -> ScenarioRecord {
        let mut steps = self.record.steps.clone();
        for finding in steps.iter_mut().flat_map(|step| &mut step.findings) {
            finding.met = true;
            finding.observed.clone_from(&finding.expected);
            finding.cites = exchanges.to_vec();
        }
        let (verdict, exchanges) = (Verdict::Pass, exchanges.to_vec());
        self.record.again = Some(Again { verdict, cause: None, reason: None, steps, exchanges });
        self.done()
    }
    pub(crate) fn blocked(mut self, setup: &str, reason: &str) -> ScenarioRecord {
        self.record.setup = vec![setup.to_owned()];
        self.record.cause = Some(Cause::Blocked);
        self.stopped(Verdict::Skip, reason, &[])
    }
    pub(crate) fn done(mut self) -> ScenarioRecord {
        let findings: Vec<Finding> = self.record.findings().cloned().collect();
        self.record.verdict = Verdict::of(&findings);
        self.record
    }
}
