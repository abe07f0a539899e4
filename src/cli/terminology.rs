//! Codes that the packages leave open, decided by the terminology service that the caller names.

use std::collections::BTreeMap;
use std::path::Path;

use futures::StreamExt as _;
use url::Url;

use super::Exit;
use super::validate::Kept;
use crate::fhir::terminology::is_member;
use crate::http::Door;
use crate::profile::Question;
use crate::record::Ledger;
use crate::target::{self, Values};

/// Questions asked at the same time.
const AT_ONCE: usize = 8;

type Asked = (String, Option<String>, String);

fn asked(question: &Question) -> Asked {
    (question.value_set.clone(), question.system.clone(), question.code.clone())
}

/// Asks each question once, and turns a "no" into the issue that it would have been.
pub(super) fn settle(base: &Url, kept: &mut [Kept]) -> Result<(), (Exit, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| (Exit::Bug, format!("cannot start the runtime: {e}")))?;
    let mut answers: BTreeMap<Asked, Option<bool>> =
        kept.iter().flat_map(|(_, questions)| questions).map(|q| (asked(q), None)).collect();
    runtime.block_on(ask(base, &mut answers))?;
    for (checked, questions) in kept {
        for question in questions.iter() {
            // Several codings may stand for one concept: one that is a member is enough.
            let same: Vec<_> =
                questions.iter().filter(|q| q.issue == question.issue).map(|q| answers[&asked(q)]).collect();
            let decided = same.contains(&Some(true)) || same.iter().all(Option::is_some);
            if decided {
                let what = format!("value set {}", question.value_set);
                checked.not_evaluated.retain(|n| n.what != what);
            }
            if same.iter().all(|a| *a == Some(false)) && !checked.issues.contains(&question.issue) {
                checked.issues.push(question.issue.clone());
            }
        }
        checked.issues.sort_by_key(|i| i.span.0);
    }
    Ok(())
}

async fn ask(base: &Url, answers: &mut BTreeMap<Asked, Option<bool>>) -> Result<(), (Exit, String)> {
    let text = format!(
        "[targets.terminology]\npreset = \"generic\"\nfhir_base = {:?}\n[targets.terminology.login]\ndriver = \"none\"\n",
        base.as_str()
    );
    let target = target::load(&text, Path::new("--terminology"), None, &Values::default())
        .map_err(|e| (Exit::Usage, format!("--terminology {base}: {}", e.render(false))))?;
    let door = Door::open(&target, Ledger::new(Box::new(|_| ())), None).map_err(|e| (Exit::Usage, e.to_string()))?;
    let questions: Vec<Asked> = answers.keys().cloned().collect();
    let asking = futures::stream::iter(questions).map(|question| {
        let door = &door;
        async move {
            let (value_set, system, code) = &question;
            let answer = is_member(door, base, value_set, system.as_deref(), code).await;
            (question.clone(), answer)
        }
    });
    let told: Vec<_> = asking.buffer_unordered(AT_ONCE).collect().await;
    for (question, answer) in told {
        let answer =
            answer.map_err(|no| (Exit::Inconclusive, format!("the terminology service gave no answer: {no}")))?;
        answers.insert(question, answer);
    }
    Ok(())
}
