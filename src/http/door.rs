//! Sending: one request through the gate, its answer recorded, nothing followed.

mod hello;
mod plain;
mod reach;
mod witness;

pub use plain::Plain;
pub use reach::Trust;

use super::answer::{Answer, NoAnswer};
use super::bounds::Bounds;
use super::call::Call;
use super::clock::Clock;
use super::error::DoorError;
use super::limits::{Gate, retry_after};
use super::redact::{Dialect, Redactor};
use super::watch::Watch;
use super::{client, coding, curl, retain};
use crate::record::{Body, Entry, Exchange, Header, Ledger, Page, Request, Response, SetupRecord, Timing, TlsFacts};
use crate::target::{Bodies, Target};
use chrono::Utc;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

use reach::Vouched;

type Shared = Arc<OnceCell<Result<Answer, NoAnswer>>>;

/// The only way to the target. Cheap to clone; [`Door::on_page`] gives one whose exchanges a scenario cites.
#[derive(Clone)]
pub struct Door {
    inner: Arc<Inner>,
    shared: Arc<Mutex<HashMap<String, Shared>>>,
    page: Option<(String, Page)>,
}

struct Inner {
    client: reqwest::Client,
    ledger: Ledger,
    redactor: Redactor,
    gate: Gate,
    bodies: Bodies,
    body_bytes: u64,
    longest_wait: Duration,
    retries: u32,
    bounds: Bounds,
    /// Origins behind certificates for which the configuration alone vouches.
    vouched: Vouched,
    watch: OnceLock<Arc<dyn Watch>>,
    clock: Clock,
}

impl Door {
    /// A door to `target` whose exchanges go to `ledger`. The target is told which run asks.
    ///
    /// # Errors
    /// When the TLS configuration cannot be used.
    pub fn open(target: &Target, ledger: Ledger, run: Option<&str>) -> Result<Self, DoorError> {
        let bounds = Bounds::of(target);
        let client = client::of(target, &bounds, run)?;
        let redactor = Redactor::default();
        for (kind, secret) in target.secrets() {
            redactor.learn(kind, secret);
        }
        let gate = Gate::new(target.limits.requests_per_second, target.limits.concurrency as usize);
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                ledger,
                redactor,
                gate,
                bodies: target.bodies,
                body_bytes: target.limits.body_bytes,
                longest_wait: target.waits.longest,
                retries: target.limits.retries,
                bounds,
                vouched: Vouched::of(target),
                watch: OnceLock::new(),
                clock: Clock::default(),
            }),
            shared: Arc::default(),
            page: None,
        })
    }

    /// The same door, with its exchanges on a scenario's page.
    #[must_use]
    pub fn on_page(&self, scenario: impl Into<String>, page: Page) -> Self {
        Self { page: Some((scenario.into(), page)), ..self.clone() }
    }

    /// From now on `watch` sees every answer. Only the first one that is given does.
    pub fn watched_by(&self, watch: Arc<dyn Watch>) {
        drop(self.inner.watch.set(watch));
    }

    /// The same door, off any page.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self { page: None, ..self.clone() }
    }

    /// The same door, which shares no answer that came before.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { shared: Arc::default(), ..self.clone() }
    }

    /// How many seconds the server's clock is ahead of this machine's; 0 if they agree.
    pub fn clock_ahead(&self) -> i64 {
        self.inner.clock.ahead()
    }

    /// Notes on the page that the scenario depends on a precondition that does not work.
    pub fn depend_on(&self, setup: &str) {
        if let Some((_, page)) = &self.page {
            page.depend_on(setup);
        }
    }

    /// Writes down what became of a precondition.
    pub fn note(&self, mut setup: SetupRecord) {
        setup.reason = setup.reason.map(|reason| self.redact(&reason));
        self.inner.ledger.write(&Entry::Setup(Box::new(setup)));
    }

    /// The registry of what must not be written down.
    pub fn redactor(&self) -> &Redactor {
        &self.inner.redactor
    }

    /// `text` as it may be written down.
    pub fn redact(&self, text: &str) -> String {
        self.inner.redactor.text(Dialect::Fhir, text)
    }

    /// Whether what pages are called and offer may be told in a report: titles and buttons are no records.
    pub fn tells_pages(&self) -> bool {
        self.inner.bodies != Bodies::None
    }

    /// Hides a value of a record (an id, a search value) behind a pseudonym, unless bodies are kept anyway.
    pub fn hide(&self, kind: &str, value: &str) {
        if self.inner.bodies != Bodies::Full {
            self.inner.redactor.learn_private(kind, value);
        }
    }

    /// Sends a GET once per (`who`, URL, `Accept`); later callers share the answer.
    ///
    /// # Errors
    /// [`NoAnswer`] when no whole answer came; it is shared too.
    pub async fn shared(&self, who: &str, call: Call) -> Result<Answer, NoAnswer> {
        self.shared_by(who, call, |call| self.send(call)).await
    }

    /// The same, with the request sent by `send`.
    ///
    /// # Errors
    /// As [`Door::shared`].
    pub async fn shared_by<F: Future<Output = Result<Answer, NoAnswer>>>(
        &self,
        who: &str,
        call: Call,
        send: impl FnOnce(Call) -> F,
    ) -> Result<Answer, NoAnswer> {
        let accept = call.headers.iter().find(|(name, _)| name == "accept").map_or("", |(_, value)| value);
        let key = format!("{who} {accept} {}", call.url);
        let cell = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.entry(key).or_default())
        };
        let mut asked = false;
        let answer = cell
            .get_or_init(|| {
                asked = true;
                send(call)
            })
            .await
            .clone();
        if !asked {
            self.inner.ledger.count_saved();
            if let Some((_, page)) = &self.page {
                page.cite(&[match &answer {
                    Ok(answer) => answer.number(),
                    Err(none) => none.number,
                }]);
            }
        }
        answer
    }

    /// Sends one request. A 429 or 503 that names a bearable `Retry-After` is waited for and asked once more; a GET
    /// that gets no answer is sent again as often as `limits.retries` says. Every attempt is recorded.
    ///
    /// # Errors
    /// [`NoAnswer`] when no whole answer came: refused, timed out, too large, not HTTP.
    pub async fn send(&self, call: Call) -> Result<Answer, NoAnswer> {
        self.learn(&call);
        if let Err(why) = self.inner.bounds.check(&call, &self.inner.redactor) {
            let number = self.inner.ledger.next_number();
            let place = call.url.origin().ascii_serialization();
            self.record(number, &call, Utc::now(), Timing::default(), &Err(why.clone()));
            return Err(NoAnswer { number, place, why });
        }
        let mut first = self.attempt(call.clone()).await;
        for _ in 0..self.inner.retries {
            if first.is_ok() || call.method != "GET" {
                break;
            }
            first = self.attempt(call.clone()).await;
        }
        let first = first?;
        if first.status() != 429 && first.status() != 503 {
            return Ok(first);
        }
        match first.header("retry-after").and_then(|value| retry_after(value, Utc::now())) {
            Some(wait) if wait <= self.inner.longest_wait => {
                tokio::time::sleep(wait).await;
                self.attempt(call).await
            }
            _ => Ok(first),
        }
    }

    /// Learns the secrets of a request before it is sent: what comes in meanwhile may echo them.
    fn learn(&self, call: &Call) {
        let redactor = &self.inner.redactor;
        redactor.learn_from(call.dialect, call.url.as_str());
        if let Some(body) = call.body.as_deref() {
            redactor.learn_from(call.dialect, &String::from_utf8_lossy(body));
        }
        for (name, value) in &call.headers {
            redactor.header(call.dialect, name, value);
        }
    }

    async fn attempt(&self, call: Call) -> Result<Answer, NoAnswer> {
        let queued = Instant::now();
        let _permit = self.inner.gate.enter().await;
        let number = self.inner.ledger.next_number();
        let (started, sent) = (Utc::now(), Instant::now());
        let mut timing = Timing { queued_us: micros(sent - queued), ..Timing::default() };
        let outcome = self.transfer(&call, sent, &mut timing).await;
        timing.total_us = micros(sent.elapsed());
        self.record(number, &call, started, timing, &outcome);
        match outcome {
            Ok(raw) => {
                let answer = Answer::new(number, call.url.clone(), raw.status, raw.headers, raw.body)
                    .miscoded_as(raw.miscoded)
                    .under(raw.certificate, Duration::from_micros(timing.total_us));
                if self.inner.bounds.may_receive(answer.url())
                    && let Some(told) = self.inner.clock.compare(&answer, started, sent.elapsed())
                {
                    self.note(told);
                }
                if let Some(watch) = self.inner.watch.get() {
                    watch.see(&call, &answer);
                }
                Ok(answer)
            }
            Err(why) => Err(NoAnswer { number, place: call.url.origin().ascii_serialization(), why }),
        }
    }

    async fn transfer(&self, call: &Call, sent: Instant, timing: &mut Timing) -> Result<Raw, String> {
        let method =
            reqwest::Method::from_bytes(call.method.as_bytes()).map_err(|_| "not an HTTP method".to_owned())?;
        let mut request = self.inner.client.request(method, call.url.clone());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| NoAnswer::cause(&error))?;
        timing.head_us = micros(sent.elapsed());
        let status = response.status().as_u16();
        let version = format!("{:?}", response.version());
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let info = response.extensions().get::<reqwest::tls::TlsInfo>();
        let certificate = info.and_then(|info| info.peer_certificate()).map(<[u8]>::to_vec);
        let tls = info.map(|_| TlsFacts {
            certificate_sha256: certificate.as_ref().map(|der| format!("{:x}", Sha256::digest(der))),
        });
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::cause(&error))? {
            if body.len() as u64 + chunk.len() as u64 > self.inner.body_bytes {
                return Err(format!("a body of more than {} bytes (limits.body_size)", self.inner.body_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        let unpacked = coding::unpack(&headers, body, self.inner.body_bytes)?;
        let (body, miscoded) = (unpacked.body, unpacked.fault);
        Ok(Raw { status, version, headers, tls, certificate, body, miscoded, picture: None })
    }

    fn record(
        &self,
        number: u32,
        call: &Call,
        started: chrono::DateTime<Utc>,
        timing: Timing,
        outcome: &Result<Raw, String>,
    ) {
        let inner = &self.inner;
        let redactor = &inner.redactor;
        let request_body = call.body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned());
        // All is learned before anything is written: a request may name what only its answer tells.
        let answer_body = outcome.as_ref().ok().map(|raw| String::from_utf8_lossy(&raw.body));
        if let Some(body) = &answer_body {
            redactor.learn_from(call.dialect, body);
        }
        let headers = |headers: &[(String, String)]| -> Vec<(String, String)> {
            headers.iter().map(|(name, value)| (name.clone(), redactor.header(call.dialect, name, value))).collect()
        };
        let sent_headers = headers(&call.headers);
        let got_headers = outcome.as_ref().ok().map(|raw| headers(&raw.headers)).unwrap_or_default();
        let mut url = redactor.text(call.dialect, call.url.as_str());
        if call.dialect == Dialect::Fhir && inner.bodies != Bodies::Full {
            url = redactor.personal_query(&url);
        }
        let sent_body = || request_body.map(|body| redactor.text(call.dialect, &body)).unwrap_or_default();
        let retained_request = match call.body.as_ref().map(|body| body.len() as u64) {
            None => Body::None,
            // A form of ours holds nothing but protocol once its secrets are gone.
            Some(bytes) if call.dialect == Dialect::Oauth => Body::Text { text: sent_body(), bytes },
            Some(bytes) => retain::retain(sent_body, bytes, inner.bodies, false),
        };
        let curl_body = match &retained_request {
            Body::Text { text, .. } => Some(text.as_str()),
            _ => None,
        };
        let curl = curl::command(call.method, &url, &sent_headers, curl_body);
        let response = outcome.as_ref().ok().map(|raw| {
            let text = || redactor.text(call.dialect, &String::from_utf8_lossy(&raw.body));
            Response {
                status: raw.status,
                version: raw.version.clone(),
                headers: lines(got_headers.clone()),
                body: retain::retain(text, raw.body.len() as u64, inner.bodies, call.public),
            }
        });
        let exchange = Exchange {
            number,
            purpose: self.redact(&call.purpose),
            scenario: self.page.as_ref().map(|(id, _)| id.clone()),
            request: Request {
                method: call.method.to_owned(),
                url,
                headers: lines(sent_headers),
                body: retained_request,
            },
            response,
            error: outcome.as_ref().err().cloned(),
            started,
            timing,
            tls: outcome.as_ref().ok().and_then(|raw| raw.tls.clone()),
            curl,
            picture: outcome.as_ref().ok().and_then(|raw| raw.picture.clone()),
        };
        inner.ledger.write(&Entry::Exchange(Box::new(exchange)));
        if let Some((_, page)) = &self.page {
            page.cite(&[number]);
        }
    }
}

struct Raw {
    status: u16,
    version: String,
    headers: Vec<(String, String)>,
    tls: Option<TlsFacts>,
    certificate: Option<Vec<u8>>,
    body: Vec<u8>,
    miscoded: Option<String>,
    /// A PNG of the page in base64, where a browser showed it.
    picture: Option<String>,
}

fn lines(headers: Vec<(String, String)>) -> Vec<Header> {
    headers.into_iter().map(|(name, value)| Header { name, value }).collect()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
