//! The browsers of a run: a WebDriver server, found or started once, and a browser with a fresh profile for each sign-in.

use crate::http::Trust;
use crate::target::Form;
use oauth2::http::Method;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::error::WebDriverError;
use thirtyfour::{Capabilities, RequestData, SessionId, WebDriver};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// Browsers at the same time: each is a few processes.
const AT_ONCE: usize = 2;
/// How long a WebDriver server may take to start.
const START: Duration = Duration::from_secs(20);
/// What is looked for, in this order, and the browser that it drives.
const SERVERS: [(&str, &[Kind]); 2] = [("chromedriver", &[Kind::Chrome]), ("geckodriver", &[Kind::Firefox])];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Chrome,
    Firefox,
}

/// The browsers of a run. One server serves all sign-ins; it ends with the run.
pub struct Browsers {
    server: OnceCell<Result<Server, String>>,
    free: Semaphore,
    needed: AtomicBool,
}

impl Default for Browsers {
    fn default() -> Self {
        Self { server: OnceCell::new(), free: Semaphore::new(AT_ONCE), needed: AtomicBool::new(false) }
    }
}

struct Server {
    url: String,
    /// What it may drive, to be tried in this order.
    kinds: &'static [Kind],
    /// Ends when it is dropped.
    _process: Option<Child>,
}

/// A browser of its own for one sign-in.
pub(super) struct Browser<'b> {
    pub(super) driver: WebDriver,
    _permit: SemaphorePermit<'b>,
}

impl Browsers {
    /// Whether a page of this run could only be worked in a browser.
    pub fn are_needed(&self) -> bool {
        self.needed.load(Ordering::Relaxed)
    }

    /// From now on sign-ins begin in a browser.
    pub fn need(&self) {
        self.needed.store(true, Ordering::Relaxed);
    }

    /// A browser with a fresh profile, `seen` on the screen or not, whose traffic all goes to the proxy on this port of 127.0.0.1.
    /// It believes what `trust` says besides what it believes anyway.
    ///
    /// # Errors
    /// Why there is none, and how to get one.
    pub(super) async fn open(
        &self,
        rules: &Form,
        proxy: u16,
        trust: &Trust,
        seen: bool,
    ) -> Result<Browser<'_>, String> {
        let permit = self.free.acquire().await.map_err(|why| why.to_string())?;
        let server = self.server.get_or_init(|| Server::of(rules)).await.as_ref().map_err(Clone::clone)?;
        let mut why = String::new();
        for kind in server.kinds {
            let driver = match WebDriver::new(&server.url, capabilities(*kind, proxy, trust, seen)).await {
                Ok(driver) => driver,
                Err(error) => {
                    why = format!("no browser starts: {}", said(&error));
                    continue;
                }
            };
            if *kind == Kind::Firefox
                && !trust.authorities.is_empty()
                && let Err(error) = install(&driver, &trust.authorities).await
            {
                why = format!("Firefox does not take tls.extra_ca: {}", said(&error));
                drop(driver.quit().await);
                continue;
            }
            return Ok(Browser { driver, _permit: permit });
        }
        Err(why)
    }
}

impl Server {
    async fn of(rules: &Form) -> Result<Self, String> {
        if let Some(url) = &rules.webdriver_url {
            let kinds = &[Kind::Chrome, Kind::Firefox];
            return Ok(Self { url: url.as_str().trim_end_matches('/').to_owned(), kinds, _process: None });
        }
        for (name, kinds) in SERVERS {
            let mut command = Command::new(name);
            // geckodriver finds a free port for 0 too.
            command
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true);
            let Ok(mut process) = command.spawn() else { continue };
            let Some(out) = process.stdout.take() else { continue };
            let port = tokio::time::timeout(START, port(BufReader::new(out))).await.ok().flatten();
            let port = port.ok_or_else(|| format!("{name} does not start"))?;
            return Ok(Self { url: format!("http://127.0.0.1:{port}"), kinds, _process: Some(process) });
        }
        let names: Vec<&str> = SERVERS.iter().map(|(name, _)| *name).collect();
        Err(format!("none is at hand; install {} with its browser, or set login.webdriver_url", names.join(" or ")))
    }
}

/// The port that a server says it listens on.
async fn port(out: BufReader<tokio::process::ChildStdout>) -> Option<u16> {
    let mut lines = out.lines();
    let mut found = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let after = line.split_once("on port ").or_else(|| line.split_once("127.0.0.1:"));
        let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        found = after.and_then(|(_, rest)| digits(rest).parse().ok()).filter(|port| *port != 0);
        if found.is_some() {
            break;
        }
    }
    // A server whose output nobody reads would stop once the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    found
}

fn capabilities(kind: Kind, proxy: u16, trust: &Trust, seen: bool) -> Capabilities {
    let through = format!("127.0.0.1:{proxy}");
    let wanted = match kind {
        Kind::Chrome => {
            let mut arguments = vec![
                format!("--proxy-server=http://{through}"),
                // Loopback goes through the proxy too.
                "--proxy-bypass-list=<-loopback>".to_owned(),
                "--window-size=1200,1600".to_owned(),
            ];
            arguments.extend(QUIET.map(str::to_owned));
            if !trust.pins.is_empty() {
                arguments.push(format!("--ignore-certificate-errors-spki-list={}", trust.pins.join(",")));
            }
            if !seen {
                arguments.push("--headless=new".to_owned());
            }
            if is_root() {
                // Chromium's sandbox does not work for the superuser, who is common in containers.
                arguments.push("--no-sandbox".to_owned());
            }
            json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } })
        }
        Kind::Firefox => {
            let mut arguments = Vec::new();
            if !seen {
                arguments.push("-headless");
            }
            if !trust.authorities.is_empty() {
                // Without it no authority can be installed.
                arguments.push("-remote-allow-system-access");
            }
            json!({
                "browserName": "firefox",
                "proxy": { "proxyType": "manual", "httpProxy": through, "sslProxy": through },
                "moz:firefoxOptions": {
                    "args": arguments,
                    "prefs": {
                        "network.proxy.allow_hijacking_localhost": true,
                        "network.captive-portal-service.enabled": false,
                    },
                },
            })
        }
    };
    let mut all = Capabilities::new();
    if let Value::Object(members) = wanted {
        for (name, value) in members {
            // Only what cannot be written as JSON is refused.
            drop(all.set(name, value));
        }
    }
    all
}

/// In which of its two worlds Firefox runs scripts: those of pages, or its own.
#[derive(Debug)]
struct Context(&'static str);

impl FormatRequestData for Context {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(Method::POST, format!("/session/{session}/moz/context")).add_body(json!({ "context": self.0 }))
    }
}

/// Makes Firefox believe these authorities. Its profile is fresh, so only this sign-in does.
async fn install(driver: &WebDriver, authorities: &[String]) -> Result<(), WebDriverError> {
    const INSTALL: &str = "const all = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB);
        for (const one of arguments[0]) { all.addCertFromBase64(one, 'C,,'); }";
    driver.handle().cmd(Context("chrome")).await?;
    driver.execute(INSTALL, vec![json!(authorities)]).await?;
    driver.handle().cmd(Context("content")).await?;
    Ok(())
}

/// What keeps Chromium from calling home, and from asking anything.
const QUIET: [&str; 9] = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    "--password-store=basic",
];

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(1) == Some("0"))
    })
}

/// What a WebDriver error says, in one line and without what it quotes of the page.
pub(super) fn said(why: &WebDriverError) -> String {
    why.to_string().lines().next().unwrap_or_default().chars().take(160).collect()
}
