//! `probity jwks`: the public keys of the configured clients, to register them at a server.

use super::setting::Setting;
use super::{Exit, TargetArguments, output};
use crate::smart;
use clap::Args;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The longest request head that is read, in bytes.
const HEAD: usize = 16 * 1024;

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
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(why) => return output::fail(Exit::Usage, &format!("cannot listen on 127.0.0.1:{port}: {why}")),
    };
    let port = listener.local_addr().map_or(port, |address| address.port());
    output::print(&format!("The key set is at http://127.0.0.1:{port}/jwks.json\nStop with Ctrl-C.\n"));
    tokio::select! {
        () = serve(&listener, Arc::new(text)) => {}
        () = super::run::interrupt() => {}
    }
    Exit::Passed
}

async fn serve(listener: &TcpListener, keys: Arc<String>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&keys)));
        }
    }
}

/// Every GET of the key set is answered with it.
async fn answer(mut stream: TcpStream, keys: Arc<String>) {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < HEAD {
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => head.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    let found = head.starts_with(b"GET /jwks.json ");
    let (status, body) = if found { ("200 OK", keys.as_str()) } else { ("404 Not Found", "{}") };
    let reply = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncache-control: max-age=60\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
}
