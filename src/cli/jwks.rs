//! `probity jwks`: the public keys of the configured clients, to register them at a server.

use super::setting::Setting;
use super::{Exit, TargetArguments, output};
use crate::smart::{self, login::Listener};
use clap::Args;
use url::Url;

#[derive(Args)]
pub(super) struct JwksArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Serve the key set at http://127.0.0.1:PORT/jwks.json until interrupted; 0 takes any free port.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    serve: Option<u16>,
}

pub(super) async fn jwks(arguments: JwksArguments) -> Exit {
    let setting = match Setting::find(&arguments.target).await {
        Ok(setting) => setting,
        Err(exit) => return exit,
    };
    let keys = match smart::public_keys(&setting.target) {
        Ok(keys) => keys,
        Err(why) => return output::fail(Exit::Usage, &why.to_string()),
    };
    if keys["keys"].as_array().is_none_or(Vec::is_empty) {
        let text = "no client of this target has a key\n  help: add `key` to [targets.NAME.clients.asymmetric]";
        return output::fail(Exit::Usage, text);
    }
    let text = serde_json::to_string_pretty(&keys).unwrap_or_default() + "\n";
    let Some(port) = arguments.serve else {
        output::print(&text);
        return Exit::Passed;
    };
    let opened = match Url::parse(&format!("http://127.0.0.1:{port}/jwks.json")) {
        Ok(place) => Listener::bind(&place).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.to_string()),
    };
    let listener = match opened {
        Ok(listener) => listener,
        Err(why) => return output::fail(Exit::Usage, &why),
    };
    let port = listener.port().unwrap_or(port);
    output::print(&format!("The key set is at http://127.0.0.1:{port}/jwks.json\nStop with Ctrl-C.\n"));
    tokio::select! {
        () = listener.publish(&text) => {}
        () = super::run::interrupt() => {}
    }
    Exit::Passed
}
