//! One feature file: parsed, its outlines expanded, its steps looked up.

use super::error::CatalogueError;
use crate::profile::Library;
use crate::steps::{self, Misnamed, Phrase, World};
use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, Step};
use cucumber::step::Collection;
use std::path::PathBuf;

/// Parses a feature, expands its outlines, and forms the ids of outline rows from their cells.
/// `library` puts the tables of its index in the place of the file's own.
pub(super) fn parse(file: &str, text: &str, library: Option<&Library>) -> Result<Feature, CatalogueError> {
    let fail = |line: usize, what: String, help: &str| CatalogueError {
        file: file.to_owned(),
        line,
        what,
        help: help.to_owned(),
    };
    let mut feature = Feature::parse(text, GherkinEnv::default()).map_err(|error| {
        fail(
            line_of(&error.to_string()),
            format!("not Gherkin: {error}"),
            "see https://cucumber.io/docs/gherkin/reference",
        )
    })?;
    feature.path = Some(PathBuf::from(file));
    if let Some(library) = library {
        super::tables::replace(&mut feature, library);
    }
    let mut feature = feature.expand_examples().map_err(|error| {
        fail(
            error.pos.line,
            format!("no column `{}` in the Examples", error.name),
            "name a column of the table in <...>",
        )
    })?;
    let nested = feature.rules.iter_mut().flat_map(|rule| &mut rule.scenarios);
    for scenario in feature.scenarios.iter_mut().chain(nested) {
        let cells = cells(scenario);
        for tag in &mut scenario.tags {
            for (column, cell) in &cells {
                *tag = tag.replace(&format!("<{column}>"), cell);
            }
        }
    }
    Ok(feature)
}

/// The row of an expanded outline: columns and cells.
pub(super) fn cells(scenario: &Scenario) -> Vec<(String, String)> {
    let rows = scenario.examples.first().and_then(|examples| examples.table.as_ref()).map(|table| &table.rows);
    match rows.map(Vec::as_slice) {
        Some([columns, cells]) => columns.iter().cloned().zip(cells.iter().cloned()).collect(),
        _ => Vec::new(),
    }
}

/// The parser gives its place in its message only.
fn line_of(message: &str) -> usize {
    let digits: String = message.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Looks a step up: its phrase, and the names in it. `libraries` are those whose names it may use.
pub(super) fn check_step(
    vocabulary: &Collection<World>,
    libraries: &[&Library],
    file: &str,
    scenario: &Scenario,
    step: &Step,
) -> Result<(), CatalogueError> {
    let fail = |line: usize, what: String, help: String| CatalogueError { file: file.to_owned(), line, what, help };
    let own = step.position.line;
    let misnamed = |name: Misnamed| {
        // A name out of a row of Examples is in that row, not in the step.
        let in_row = cells(scenario).iter().any(|(_, cell)| cell.contains(&name.written));
        let line = if in_row { scenario.position.line } else { own };
        let nearest: Vec<String> = name.nearest.iter().map(|name| format!("`{name}`")).collect();
        fail(
            line,
            format!("`{}` is not one of {{{}}}: step `{:?} {}`", name.written, name.slot, step.ty, step.value),
            format!("the nearest names: {}; `probity steps {}` lists all", nearest.join(", "), name.slot),
        )
    };
    match vocabulary.find(step) {
        Ok(Some((.., context))) => {
            steps::misnamed(&context.matches, libraries).map_or(Ok(()), |name| Err(misnamed(name)))
        }
        Ok(None) => {
            if let Some(name) = steps::misspelt(&step.value, libraries) {
                return Err(misnamed(name));
            }
            let nearest = steps::nearest(&step.value);
            let help = nearest.map_or_else(String::new, |phrase| format!("the nearest phrase is `{phrase}`; "));
            let what = format!("no phrase matches the step `{:?} {}`", step.ty, step.value);
            Err(fail(own, what, format!("{help}`probity steps` lists all")))
        }
        Err(_) => {
            let what = format!("several phrases match the step `{}`", step.value);
            Err(fail(own, what, "this is a bug of probity; please report it".to_owned()))
        }
    }
}

/// So many phrases are named that could stand before a step.
const NAMED: usize = 3;

/// Refuses a scenario in which a step needs what no step before it leaves. `steps` are those of its background and its own.
pub(super) fn check_order(file: &str, steps: &[&Step]) -> Result<(), CatalogueError> {
    let said: Vec<&Phrase> = steps.iter().copied().map_while(steps::phrase_of).collect();
    let words: Vec<&str> = said.iter().map(|phrase| phrase.words).collect();
    let Some(missing) = steps::missing(&words) else { return Ok(()) };
    let step = steps[missing.at];
    let can: Vec<String> = steps::phrases()
        .unwrap_or_default()
        .iter()
        .filter(|phrase| missing.leave_it.contains(&phrase.words) && phrase.stands_first())
        .take(NAMED)
        .map(|phrase| format!("`Given {}`", phrase.readable()))
        .collect();
    let before =
        if can.is_empty() { String::new() } else { format!("put one before it, such as {}; ", can.join(", ")) };
    Err(CatalogueError {
        file: file.to_owned(),
        line: step.position.line,
        what: format!(
            "the step `{:?} {}` needs {}, and no step before it leaves one",
            step.ty, step.value, missing.what
        ),
        help: format!("{before}`probity steps` tells what each phrase needs and leaves"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe;
    use crate::steps::{Phrase, attacks, collection, phrases};
    use crate::suite::Catalogue;
    use std::collections::BTreeSet;

    /// Scenarios whose attack has no positive control among their steps, and why.
    const WITHOUT_CONTROL: [(&str, &str); 1] =
        [("token.www-authenticate", "only the refusal's header is examined, not whether access is refused")];

    /// The built-in features and the example of own ones, for which some phrases are.
    fn catalogue() -> Catalogue {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own-features");
        Catalogue::with_own(std::path::Path::new(own), None).unwrap()
    }

    /// A step of the built-in features that says a phrase.
    fn example(catalogue: &Catalogue, phrase: &Phrase) -> Option<(String, String)> {
        let mut steps = catalogue.scenarios().iter().flat_map(|scenario| &scenario.steps);
        steps.find(|(_, step)| phrase.is_said_by(step)).cloned()
    }

    fn checked(keyword: &str, step: &str) -> Result<(), CatalogueError> {
        let text = format!("Feature: F\n\n  @id:own.step\n  Scenario: S\n    {keyword} {step}\n");
        let feature = parse("own.feature", &text, None)?;
        let scenario = &feature.scenarios[0];
        check_step(&collection().unwrap(), &[Library::embedded()], "own.feature", scenario, &scenario.steps[0])
    }

    #[test]
    fn the_steps_of_every_feature_stand_in_an_order_that_makes_sense() {
        let catalogue = catalogue();
        let all: Vec<usize> = (0..catalogue.scenarios().len()).collect();
        for feature in catalogue.features(&all) {
            for scenario in &feature.scenarios {
                let background = feature.background.iter().flat_map(|background| &background.steps);
                let steps: Vec<&Step> = background.chain(&scenario.steps).collect();
                assert!(steps.iter().all(|step| steps::phrase_of(step).is_some()), "{}", scenario.name);
                if let Err(error) = check_order("", &steps) {
                    panic!("{}: {error}", scenario.name);
                }
            }
        }
    }

    #[test]
    fn a_step_without_what_it_needs_is_refused() {
        let text = "Feature: F\n\n  @id:own.read\n  Scenario: S\n    When the app reads the patient in context\n    Then the status is 200\n";
        let feature = parse("own.feature", text, None).unwrap();
        let steps: Vec<&Step> = feature.scenarios[0].steps.iter().collect();
        let error = check_order("own.feature", &steps).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("own.feature:5: the step `When the app reads the patient in context` needs a session"),
            "{error}"
        );
        assert!(error.help.contains("`Given a session of patient ... with the {ClientRole} app"), "{error}");
        let error = check_order("own.feature", &steps[1..]).unwrap_err();
        assert!(error.what.contains("needs an answer"), "{error}");
    }

    #[test]
    fn every_phrase_is_used_by_a_feature() {
        let catalogue = catalogue();
        let unused: Vec<&str> =
            phrases().unwrap().iter().filter(|p| example(&catalogue, p).is_none()).map(|p| p.words).collect();
        assert!(unused.is_empty(), "{unused:#?}");
    }

    /// Given, When, Then in this order, each said in one breath. What stands in quotes is data.
    #[test]
    fn scenarios_ask_before_they_expect_and_their_steps_are_short() {
        const LONGEST: usize = 90;
        let mut wrong = Vec::new();
        for scenario in catalogue().scenarios() {
            let mut expected = false;
            for (keyword, step) in &scenario.steps {
                expected |= keyword.starts_with("Then");
                let said: String = step.split('"').step_by(2).collect();
                if expected && (keyword.starts_with("When") || keyword.starts_with("Given")) {
                    wrong.push(format!("{}: `{keyword} {step}` after an expectation", scenario.requirement.id));
                }
                if keyword.len() + 1 + said.len() > LONGEST {
                    wrong.push(format!("{}: `{step}` is longer than {LONGEST}", scenario.requirement.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_attack_is_made_by_a_feature() {
        let catalogue = catalogue();
        let steps: BTreeSet<&str> =
            catalogue.scenarios().iter().flat_map(|scenario| &scenario.steps).map(|(_, step)| step.as_str()).collect();
        let made: Vec<_> = steps.into_iter().flat_map(attacks).collect();
        for about in probe::topics().iter().flat_map(|topic| &topic.attacks) {
            assert!(made.contains(about), "no feature makes the attack `{}`", about.words);
        }
    }

    #[test]
    fn every_attack_comes_after_what_must_succeed_first() {
        for scenario in catalogue().scenarios() {
            let id = scenario.requirement.id.as_str();
            for (at, (_, step)) in scenario.steps.iter().enumerate() {
                for attack in attacks(step) {
                    let shown = scenario.steps[..at]
                        .iter()
                        .any(|(_, earlier)| attack.control.steps().iter().any(|start| earlier.starts_with(start)));
                    let excused = WITHOUT_CONTROL.iter().any(|(own, _)| *own == id);
                    assert!(shown != excused, "{id}: {}: shown {shown}, excused {excused}", attack.words);
                }
            }
        }
    }

    #[test]
    fn every_name_of_an_attack_makes_a_step_of_one_phrase() {
        let catalogue = catalogue();
        for phrase in phrases().unwrap() {
            let Some((keyword, text)) = example(&catalogue, phrase) else { continue };
            for slot in &phrase.slots {
                let own = slot.attacks.iter().find(|about| text.contains(about.words));
                for about in &slot.attacks {
                    let step = text.replace(own.unwrap().words, about.words);
                    assert!(phrase.is_said_by(&step), "{step}");
                    if let Err(error) = checked(&keyword, &step) {
                        panic!("{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_misspelt_name_is_refused_in_every_slot() {
        for (keyword, step, slot, written, nearest) in [
            (
                "When",
                "the app exchanges its code with an invent code",
                "CodeChange",
                "an invent code",
                "an invented code",
            ),
            (
                "When",
                "the app exchanges its code with other code_verifier",
                "PkceChange",
                "other code_verifier",
                "another code_verifier",
            ),
            (
                "When",
                "the app exchanges its code with a empty secret",
                "ClientAuthChange",
                "a empty secret",
                "an empty secret",
            ),
            ("When", "the patient is read with the id token", "Credential", "the id token", "the id_token"),
            (
                "When",
                "the app uses an inventd refresh token",
                "RefreshChange",
                "an inventd refresh token",
                "an invented refresh token",
            ),
            (
                "When",
                "the app introspects a invented token",
                "IntrospectedToken",
                "a invented token",
                "an invented token",
            ),
            (
                "When",
                "the app signs in with an invented handle",
                "LaunchHandle",
                "an invented handle",
                "an invented launch handle",
            ),
            (
                "When",
                "patient a signs in to the public app without the \"audience\"",
                "AuthorizeChange",
                "without the \"audience\"",
                "without the \"aud\"",
            ),
            (
                "When",
                "patient a signs in to the public app with an unregistred host in its redirect URI",
                "RedirectPlace",
                "an unregistred host",
                "an unregistered host",
            ),
            ("Given", "a session of patient a with the pubic app", "ClientRole", "pubic", "public"),
            ("When", "the secnd app exchanges the code", "ClientRole", "secnd", "second"),
            (
                "Then",
                "the document conforms to the schema \"token-respons\"",
                "Schema",
                "token-respons",
                "token-response",
            ),
            (
                "Given",
                "every \"conditon-encounter-diagnosis\" of the record",
                "Group",
                "conditon-encounter-diagnosis",
                "condition-encounter-diagnosis",
            ),
            ("Then", "each conforms to \"us-core-patint\"", "Profile", "us-core-patint", "us-core-patient"),
        ] {
            let error = checked(keyword, step).unwrap_err();
            assert!(error.what.starts_with(&format!("`{written}` is not one of {{{slot}}}")), "{error}");
            assert!(error.help.starts_with(&format!("the nearest names: `{nearest}`")), "{error}");
            assert_eq!(error.line, 5);
        }
    }

    #[test]
    fn a_name_out_of_a_row_is_pointed_at_in_its_row() {
        let text = "Feature: F\n\n  @id:own.<id>\n  Scenario Outline: S\n    When the app exchanges its code with <what>\n\n    Examples:\n      | id | what |\n      | a  | an invented code |\n      | b  | an inventive code |\n";
        let feature = parse("own.feature", text, None).unwrap();
        let wrong = &feature.scenarios[1];
        let error = check_step(&collection().unwrap(), &[Library::embedded()], "own.feature", wrong, &wrong.steps[0]);
        assert_eq!(error.unwrap_err().line, 10);
    }
}
