//! Content codings: what a body is packed in (RFC 9110 8.4). gzip is all that is asked for.

use flate2::read::MultiGzDecoder;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use std::io::Read as _;

/// What every request asks for.
pub(super) fn accepted() -> HeaderMap {
    [(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))].into_iter().collect()
}

/// A body without its coding, and what is wrong with the coding.
pub(super) struct Unpacked {
    /// The body; as it came, where its coding does not fit.
    pub(super) body: Vec<u8>,
    /// What is wrong, as a phrase.
    pub(super) fault: Option<String>,
}

/// Takes the codings off that the headers name, the last one first. An error if the body is larger than `most` bytes then.
pub(super) fn unpack(headers: &[(String, String)], body: Vec<u8>, most: u64) -> Result<Unpacked, String> {
    let named = headers.iter().filter(|(name, _)| name == "content-encoding");
    let named = named.flat_map(|(_, value)| value.split(',')).map(|one| one.trim().to_ascii_lowercase());
    let codings: Vec<String> = named.filter(|one| !one.is_empty() && one != "identity").collect();
    let mut unpacked = Unpacked { body, fault: None };
    for coding in codings.iter().rev() {
        // An answer to HEAD, or a 304, names the coding of a body that it does not have.
        if unpacked.body.is_empty() {
            break;
        }
        if !matches!(coding.as_str(), "gzip" | "x-gzip") {
            unpacked.fault = Some("a coding that was not asked for".to_owned());
            break;
        }
        match gunzip(&unpacked.body, most) {
            Ok(body) if body.len() as u64 > most => {
                return Err(format!("a body of more than {most} bytes when unpacked"));
            }
            Ok(body) => unpacked.body = body,
            Err(_) => {
                unpacked.fault = Some("gzip, but the body is not".to_owned());
                break;
            }
        }
    }
    Ok(unpacked)
}

/// At most one byte more than `most`: a small body may unpack to any size.
fn gunzip(body: &[u8], most: u64) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(body).take(most.saturating_add(1)).read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    fn with(coding: &str, body: &[u8]) -> Unpacked {
        unpack(&[("content-encoding".to_owned(), coding.to_owned())], body.to_vec(), 1000).ok().unwrap()
    }

    #[test]
    fn a_packed_body_is_unpacked() {
        for coding in ["gzip", "x-gzip", "GZIP", "identity, gzip"] {
            let seen = with(coding, &packed(b"{}"));
            assert_eq!((seen.body.as_slice(), seen.fault), (b"{}".as_slice(), None), "{coding}");
        }
        assert_eq!(with("gzip, gzip", &packed(&packed(b"{}"))).body, b"{}");
        assert!(with("gzip", b"").fault.is_none());
    }

    #[test]
    fn a_coding_that_does_not_fit_leaves_the_body_as_it_is_and_is_told() {
        for coding in ["gzip", "br", "deflate", "br, gzip"] {
            let seen = with(coding, b"{}");
            assert_eq!(seen.body, b"{}");
            assert!(seen.fault.is_some(), "{coding}");
        }
    }

    #[test]
    fn a_small_body_cannot_grow_beyond_the_limit() {
        let bomb = packed(&[b' '; 5000]);
        assert!(unpack(&[("content-encoding".to_owned(), "gzip".to_owned())], bomb, 1000).is_err());
    }
}
