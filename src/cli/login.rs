//! `probity login`: one sign-in, told step by step, seen in a browser, or shown by a person to be taken down.

use super::{Exit, TargetArguments, output};
use crate::smart::login::Onlooker;
use crate::smart::{Launch, SessionKey, Site, open_shared};
use crate::target::{Act, ClientRole, LoginStep, With};
use clap::Args;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

#[derive(Args)]
pub(super) struct LoginArguments {
    /// Who signs in: a name of the configuration.
    #[arg(value_name = "USER", default_value = "a")]
    user: String,
    /// The app that they sign in to: a role of the configuration.
    #[arg(long, value_name = "ROLE", default_value = "public", value_parser = role)]
    app: ClientRole,
    /// The scopes to ask for [default: those of the configuration].
    #[arg(long, value_name = "SCOPES")]
    scopes: Option<String>,
    /// Show the browser in which it is done.
    #[arg(long)]
    show: bool,
    /// Sign in yourself, in a browser that is opened for you; what you do is written to FILE as steps of [login].
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// For machines without a screen: the browser of --record is driven from elsewhere.
    #[arg(long, hide = true)]
    headless: bool,
    #[command(flatten)]
    target: TargetArguments,
}

fn role(word: &str) -> Result<ClientRole, String> {
    let known = ClientRole::ALL.map(ClientRole::word).join(", ");
    ClientRole::named(word).ok_or_else(|| format!("there is no role `{word}`; there are {known}"))
}

pub(super) async fn login(arguments: LoginArguments) -> Exit {
    let setting = match super::setting::Setting::find(&arguments.target).await {
        Ok(setting) => setting,
        Err(exit) => return exit,
    };
    let target = Arc::clone(&setting.target);
    let (door, notes) = match setting.door() {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let mut onlooker = Onlooker::told(|text| output::print(&format!("{}\n", crate::report::inert(text))));
    if arguments.record.is_some() {
        onlooker = onlooker.showing();
        output::print("Sign in, in the browser that opens. Everything but the consent itself is taken down.\n");
    }
    if arguments.show || (arguments.record.is_some() && !arguments.headless) {
        onlooker = onlooker.watching();
    }
    let site = Site::main(target).seen_by(onlooker.clone());
    let key = SessionKey {
        second_tenant: false,
        client: arguments.app,
        user: arguments.user,
        scopes: arguments.scopes,
        launch: Launch::Standalone,
        kept: None,
    };
    let opened = open_shared(&door, &site, key).await;
    let taken = arguments.record.as_ref().map(|path| write(path, &setting.target.name, &onlooker.steps()));
    if let Some(Err(why)) = &taken {
        return output::fail(Exit::Usage, why);
    }
    match opened {
        Ok(session) => {
            output::print(&format!("signed in: {}\n", session.in_words()));
            Exit::Passed
        }
        Err(trouble) => {
            let note = notes.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let help = note.and_then(|note| note.help).map_or_else(String::new, |help| format!("\n  help: {help}"));
            output::fail(Exit::of_trouble(&trouble), &format!("{}{help}", door.redact(&trouble.to_string())))
        }
    }
}

/// Writes the steps as a snippet of the configuration.
fn write(path: &PathBuf, target: &str, steps: &[LoginStep]) -> Result<(), String> {
    let mut text =
        String::from("# Put this into probity.toml. What was typed is not here; texts are to be filled in.\n");
    for step in steps {
        let _ = writeln!(text, "\n[[targets.{target}.login.steps]]");
        let (act, more) = match &step.act {
            Act::Fill(With::UserName) => ("fill", "with = \"username\"".to_owned()),
            Act::Fill(With::Password) => ("fill", "with = \"password\"".to_owned()),
            Act::Fill(With::Code) => ("fill", "with = \"code\"".to_owned()),
            Act::Fill(With::Patient) => ("fill", "with = \"patient\"".to_owned()),
            Act::Fill(With::Text(_)) => ("fill", "text = \"FILL THIS IN\"".to_owned()),
            Act::Choose(Some(option)) => ("choose", format!("option = {}", quoted(option))),
            Act::Choose(None) => ("choose", String::new()),
            Act::Click => ("click", String::new()),
            Act::Wait => ("wait_for", String::new()),
        };
        let _ = writeln!(text, "{act} = {}", quoted(&step.what));
        if !more.is_empty() {
            let _ = writeln!(text, "{more}");
        }
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|why| format!("cannot write {}: {why}", path.display()))?;
    output::print(&format!("{} steps written to {}\n", steps.len(), path.display()));
    Ok(())
}

/// The text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
