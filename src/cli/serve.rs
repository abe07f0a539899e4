//! `probity serve`: the embedded reference target, for people and other tools.

use super::{Exit, output};
use crate::target;
use crate::tenant::{self, Options, Serving};
use clap::Args;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args)]
pub(super) struct ServeArguments {
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8650)]
    port: u16,
    /// Switch on a defect; may be repeated. `probity prove --list` names them.
    #[arg(long, value_name = "ID")]
    fault: Vec<String>,
    /// The seed of the synthetic people.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Hold every answer back for so many milliseconds, as a server far away would.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Write a configuration file and a folder of secrets beside it, with all that the served target needs, for
    /// `probity run --config FILE`. Neither is overwritten.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
    /// Have scripts make the pages of sign-ins, as many portals do. Only a browser can work them.
    #[arg(long)]
    script_pages: bool,
    /// Be reached by TLS alone, with a certificate of an authority made for this start. --write-config writes the
    /// authority's certificate beside the secrets.
    #[arg(long)]
    tls: bool,
}

pub(super) async fn serve(arguments: ServeArguments) -> Exit {
    let latency = Duration::from_millis(arguments.latency);
    let mut faults = arguments.fault;
    faults.extend(arguments.tls.then(|| "tls.alone".to_owned()));
    let options =
        Options { port: arguments.port, faults, seed: arguments.seed, latency, script_pages: arguments.script_pages };
    let serving = match tenant::serve(options).await {
        Ok(serving) => serving,
        Err(error) => return output::fail(Exit::Usage, &error.to_string()),
    };
    let origin = serving.origin();
    let mut text = String::from("The embedded reference target is serving synthetic people.\n");
    for tenant in ["harbor", "meadow"] {
        let _ = writeln!(text, "FHIR base ({tenant}): {origin}/provider/patient-access/v2/{tenant}");
    }
    let _ = writeln!(text, "EHR page: {origin}/ehr/harbor?client=probity-confidential&patient=patient-1");
    text.push_str(
        "Users user-1 to user-4 and clinician-1; their passwords and the clients' secrets, made for this start:\n",
    );
    for (name, value) in serving.secrets() {
        // A key of several lines is quoted, so that the lines can be pasted into a shell.
        let _ = writeln!(text, "  export {name}='{value}'");
    }
    if let Some(path) = &arguments.write_config {
        if let Err(why) = configure(path, &serving) {
            return output::fail(Exit::Usage, &format!("cannot write {}: {why}", path.display()));
        }
        let _ = writeln!(text, "Configuration: probity run --config {}", path.display());
    }
    text.push_str("Stop with Ctrl-C.\n");
    output::print(&text);
    let _ = tokio::signal::ctrl_c().await;
    Exit::Passed
}

/// Writes the configuration of the served target: that of its preset, with each secret in a file of its own.
fn configure(path: &Path, serving: &Serving) -> std::io::Result<()> {
    let folder = path.with_extension("secrets");
    std::fs::create_dir(&folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut text = format!("[targets.served]\npreset = \"embedded\"\norigin = \"{}\"\n\n", serving.origin());
    let preset: toml::Table = target::preset("embedded").unwrap_or_default().parse().unwrap_or_default();
    if let Some(authority) = serving.authority() {
        create(&folder.join("ca.pem"))?.write_all(authority.as_bytes())?;
        let _ = writeln!(text, "[targets.served.tls]\nextra_ca = \"{name}/ca.pem\"\n");
    }
    let mut used = Vec::new();
    refer(&toml::Value::Table(preset), "targets.served", &name, &mut text, &mut used);
    for (variable, value) in serving.secrets().iter().filter(|(variable, _)| used.contains(*variable)) {
        secret(&folder.join(variable), value)?;
    }
    create(path)?.write_all(text.as_bytes())
}

/// Where the preset refers to a variable of the environment, the configuration refers to a file.
fn refer(value: &toml::Value, place: &str, folder: &str, text: &mut String, used: &mut Vec<String>) {
    let Some(table) = value.as_table() else { return };
    let variable = |own: &toml::Value| own.as_table()?.get("env")?.as_str().map(str::to_owned);
    let secrets: Vec<(&String, String)> = table.iter().filter_map(|(key, own)| Some((key, variable(own)?))).collect();
    if !secrets.is_empty() {
        let _ = writeln!(text, "[{place}]");
        for (key, variable) in secrets {
            let _ = writeln!(text, "{key} = {{ file = \"{folder}/{variable}\" }}");
            used.push(variable);
        }
        text.push('\n');
    }
    for (key, own) in table.iter().filter(|(_, own)| variable(own).is_none()) {
        refer(own, &format!("{place}.{key}"), folder, text, used);
    }
}

fn create(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}

/// A file that its owner alone can read.
fn secret(path: &Path, value: &str) -> std::io::Result<()> {
    let mut file = create(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(value.as_bytes())
}
