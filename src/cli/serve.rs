//! `probity serve`: the embedded reference target, for people and other tools.

use super::{Exit, output};
use crate::tenant::{self, Options};
use clap::Args;
use std::fmt::Write as _;
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
    /// Have scripts make the pages of sign-ins, as many portals do. Only a browser can work them.
    #[arg(long)]
    script_pages: bool,
}

pub(super) async fn serve(arguments: ServeArguments) -> Exit {
    let latency = Duration::from_millis(arguments.latency);
    let options = Options {
        port: arguments.port,
        faults: arguments.fault,
        seed: arguments.seed,
        latency,
        script_pages: arguments.script_pages,
    };
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
    text.push_str("Stop with Ctrl-C.\n");
    output::print(&text);
    let _ = tokio::signal::ctrl_c().await;
    Exit::Passed
}
