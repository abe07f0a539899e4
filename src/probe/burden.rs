//! Requests that weigh on a server: long, deep or nested where a real app's are not. Each is sent once, and none of them
//! is heavy: a server that stands up to apps stands up to these.

use super::Need;
use crate::fhir;
use crate::http::Call;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use url::Url;

/// Requests that weigh on a server.
pub struct Load {
    /// The FHIR base.
    pub base: Url,
    /// The patient in context.
    pub patient: String,
    /// The access token.
    pub token: Option<String>,
    /// The requests that are made of it.
    pub made: Vec<Call>,
}

attacks! {
    "The request with which a server is put to the test."
    Burden of Load, control Read;

    LongUrl "long addresses" {
        does: "searches with addresses of 8 and 48 kB",
        matters: "what one request breaks, anybody can keep broken",
        right: "414, another refusal, or an answer; no server error",
        needs: [],
        intrudes: [],
        make: |it| [8, 48].into_iter().for_each(|kilobytes| {
            let padding = "x".repeat(kilobytes * 1024);
            it.get(&format!("Observation?patient={}&_tag={padding}", it.patient));
        }),
    }
    LongToken "long tokens" {
        does: "reads with bearer tokens of 8 and 48 kB",
        matters: "what one request breaks, anybody can keep broken, with no account at all",
        right: "401, or 431; no server error and no record",
        needs: [],
        intrudes: [],
        make: |it| {
            let own = it.token.take();
            for kilobytes in [8, 48] {
                it.token = Some("x".repeat(kilobytes * 1024));
                it.get(&format!("Patient/{}", it.patient));
            }
            it.token = own;
        },
    }
    LargeCount "a page of a million" {
        does: "asks for a million results on one page",
        matters: "pages without a limit let one request take the memory of all",
        right: "a page of the server's own size, or a refusal",
        needs: [],
        intrudes: [],
        make: |it| it.get(&format!("Observation?patient={}&category=vital-signs&_count=1000000", it.patient)),
    }
    ManyValues "many values" {
        does: "searches for 200 codes at once, and sorts by five parameters",
        matters: "a query whose cost grows with every value is cheap to send and dear to answer",
        right: "an answer, or a refusal",
        needs: [],
        intrudes: [Burdens],
        make: |it| {
            let codes: Vec<String> = (0..200).map(|at| format!("probity-{at}")).collect();
            it.get(&format!("Observation?patient={}&code={}", it.patient, codes.join(",")));
            it.get(&format!("Observation?patient={}&_sort=date,-date,code,status,category", it.patient));
        },
    }
    Pattern "patterns that take long" {
        does: "searches for names that make careless regular expressions try without end",
        matters: "one such search can hold a processor for hours",
        right: "an answer, or a refusal",
        needs: [],
        intrudes: [Burdens],
        make: |it| {
            it.get("Patient?name=(a%2B)%2B%24");
            it.get(&format!("Patient?name={}!", "a".repeat(4000)));
            it.get(&format!("Patient?name={}x", "%20".repeat(4000)));
        },
    }
    Includes "includes of everything" {
        does: "includes whatever refers to what was found, in both directions and again",
        matters: "a walk without a limit crosses the whole store",
        right: "what the server includes at most, or a refusal",
        needs: [],
        intrudes: [Burdens],
        make: |it| it.get(&format!("Patient?_id={}&_include:iterate=*&_revinclude:iterate=*&_count=5", it.patient)),
    }
    Entities "XML with entities" {
        does: "sends XML whose document type defines entities: one within another, and one that names a file",
        matters: "a parser that reads them opens files of the server, or fills its memory",
        right: "400, 406 or 415; nothing of what the entities stand for",
        needs: [],
        intrudes: [],
        make: |it| {
            let document = format!(
                "<?xml version=\"1.0\"?><!DOCTYPE Bundle [<!ENTITY part \"{ENTITY_START}\">\
                 <!ENTITY whole \"&part;{ENTITY_END}\"><!ENTITY file SYSTEM \"file:///etc/hostname\">]>\
                 <Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"&whole;\"/><type value=\"&whole;&file;\"/></Bundle>"
            );
            it.post("", "application/fhir+xml", document.into_bytes());
            let call = it.made.pop();
            it.made.extend(call.map(|call| call.header("accept", "application/fhir+xml, application/fhir+json;q=0.9")));
        },
    }
    Exports "requests for exports" {
        does: "asks for exports of the whole server, of every patient and of a group, by GET and by POST (Bulk Data Access)",
        matters: "an export holds the records of all; SMART Backend Services alone may begin one, with system scopes",
        right: "401, 403, 404 or another refusal; no job",
        needs: [],
        intrudes: [Burdens],
        make: |it| {
            const PARAMETERS: &str = r#"{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Patient"}]}"#;
            for path in ["$export", "Patient/$export", "Group/probity/$export"] {
                it.get(&format!("{path}?_type=Patient"));
                it.post(path, fhir::JSON, PARAMETERS.into());
            }
            it.made = std::mem::take(&mut it.made).into_iter().map(|call| call.header("prefer", "respond-async")).collect();
        },
    }
    DeepJson "deep JSON" {
        does: "sends JSON that is nested 2,000 levels deep, and a number that no double holds",
        matters: "a parser that follows each level runs out of stack",
        right: "400 or 422, or another refusal",
        needs: [],
        intrudes: [Burdens],
        make: |it| {
            let deep = format!("{{\"resourceType\":\"Bundle\",\"entry\":{}1e400{}}}", "[".repeat(2000), "]".repeat(2000));
            it.post("", fhir::JSON, deep.into_bytes());
        },
    }
    Packed "a packed body" {
        does: "sends 2 kB of gzip that unpack to 2 MB",
        matters: "a body that grows a thousandfold fills the memory of a server that unpacks before it looks",
        right: "413, 415, or an answer",
        needs: [],
        intrudes: [Burdens],
        make: |it| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            let whole = format!("patient={}&_tag={}", it.patient, "x".repeat(2 * 1024 * 1024));
            let made = packed.write_all(whole.as_bytes()).and_then(|()| packed.finish());
            // Writing into memory cannot fail.
            let body = made.map_err(|_| Need::Patient)?;
            it.post("Observation/_search", "application/x-www-form-urlencoded", body);
            let call = it.made.pop();
            it.made.extend(call.map(|call| call.header("content-encoding", "gzip")));
            Ok(())
        },
    }
    Malformed "bodies that are not what they say" {
        does: "sends JSON as a form, half a JSON document, and a Bundle as plain text",
        matters: "a parser's error that nobody catches is an answer of the server's inside",
        right: "400, 405, 415 or 422",
        needs: [],
        intrudes: [],
        make: |it| {
            it.post("Observation/_search", "application/x-www-form-urlencoded", b"{\"patient\":\"x\"}".to_vec());
            it.post("Observation/_search", "application/json", b"{".to_vec());
            it.post("", "text/plain", b"{\"resourceType\":\"Bundle\",\"type\":\"batch\"}".to_vec());
        },
    }
    OtherFormats "formats that there are not" {
        does: "asks for the Patient as an image, and with a _format that nobody knows",
        matters: "a negotiation that finds nothing must end in words, not in a crash",
        right: "406, or the usual format",
        needs: [],
        intrudes: [],
        make: |it| {
            it.get(&format!("Patient/{}?_format=probity", it.patient));
            it.get(&format!("Patient/{}", it.patient));
            let call = it.made.pop();
            it.made.extend(call.map(|call| call.header("accept", "image/png")));
        },
    }
}

/// Both halves of what stands in an answer of a server that put entities in.
const ENTITY_START: &str = "probity-entity-";
const ENTITY_END: &str = "was-put-in";

/// What stands in an answer of a server that put entities in. It stands in no request.
pub fn expanded() -> String {
    format!("{ENTITY_START}{ENTITY_END}")
}

impl Load {
    fn add(&mut self, call: Call) {
        self.made.push(call.bearer(self.token.as_deref()));
    }

    fn at(&self, path: &str) -> Url {
        crate::target::join(&self.base, path)
    }

    fn get(&mut self, path: &str) {
        let call = Call::get(self.at(path), "a request that weighs on the server").header("accept", fhir::JSON);
        self.add(call);
    }

    fn post(&mut self, path: &str, kind: &str, body: Vec<u8>) {
        let call = Call::new("POST", self.at(path), "a request that weighs on the server");
        self.add(call.header("content-type", kind).body(body));
    }
}
