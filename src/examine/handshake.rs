//! Which versions of TLS the addresses of a target accept (RFC 9325 3.1.1).

use super::Observation;
use crate::http::{Agreed, Handshake, TlsVersion};
use std::collections::BTreeSet;

/// An origin, the version that was offered there, what became of it, and the exchange that shows it.
pub type Offer = (String, TlsVersion, Handshake, u32);

fn agreed(offers: &[Offer]) -> impl Iterator<Item = (&str, Agreed, u32)> {
    offers.iter().filter_map(|(origin, _, handshake, number)| match handshake {
        Handshake::Accepted(agreed) => Some((origin.as_str(), *agreed, *number)),
        _ => None,
    })
}

fn accepted(offers: &[Offer]) -> impl Iterator<Item = (&str, TlsVersion, u32)> {
    agreed(offers).map(|(origin, agreed, number)| (origin, agreed.version, number))
}

/// The origins where none of these versions was accepted.
fn without(offers: &[Offer], versions: &[TlsVersion]) -> Vec<String> {
    let all: BTreeSet<&str> = offers.iter().map(|(origin, ..)| origin.as_str()).collect();
    let with: BTreeSet<&str> =
        accepted(offers).filter(|(_, version, _)| versions.contains(version)).map(|(origin, ..)| origin).collect();
    all.difference(&with).map(|origin| (*origin).to_owned()).collect()
}

fn numbers(offers: &[Offer], of: impl Fn(TlsVersion) -> bool) -> Vec<u32> {
    offers.iter().filter(|(_, version, ..)| of(*version)).map(|(.., number)| *number).collect()
}

/// Whether TLS 1.2 or 1.3 is accepted everywhere.
pub fn modern(offers: &[Offer]) -> Observation {
    let lacking = without(offers, &[TlsVersion::Tls12, TlsVersion::Tls13]);
    let observed =
        if lacking.is_empty() { "so it is".to_owned() } else { format!("neither at {}", lacking.join(", ")) };
    Observation::new(
        lacking.is_empty(),
        "TLS 1.2 or TLS 1.3",
        observed,
        numbers(offers, |version| !version.is_obsolete()),
    )
}

/// Whether no version is accepted that is obsolete.
pub fn no_older(offers: &[Offer]) -> Observation {
    let old: Vec<(&str, TlsVersion, u32)> = accepted(offers).filter(|(_, version, _)| version.is_obsolete()).collect();
    let told: BTreeSet<String> = old.iter().map(|(origin, version, _)| format!("{version} at {origin}")).collect();
    let cites = match old.is_empty() {
        true => numbers(offers, TlsVersion::is_obsolete),
        false => old.iter().map(|(.., number)| *number).collect(),
    };
    let observed = if told.is_empty() {
        "SSL 3.0, TLS 1.0 and TLS 1.1 are refused".to_owned()
    } else {
        format!("accepted: {}", told.into_iter().collect::<Vec<_>>().join(", "))
    };
    Observation::new(old.is_empty(), "no SSL 3.0, no TLS 1.0, no TLS 1.1", observed, cites)
}

/// Whether TLS 1.3 is accepted everywhere.
pub fn newest(offers: &[Offer]) -> Observation {
    let lacking = without(offers, &[TlsVersion::Tls13]);
    let observed = if lacking.is_empty() { "so it is".to_owned() } else { format!("not at {}", lacking.join(", ")) };
    Observation::new(lacking.is_empty(), "TLS 1.3", observed, numbers(offers, |version| version == TlsVersion::Tls13))
}

/// What TLS 1.2 was agreed on where it is accepted; none where it is nowhere.
fn of_tls_12(offers: &[Offer]) -> Option<Vec<(&str, Agreed, u32)>> {
    let all: Vec<_> = agreed(offers).filter(|(_, own, _)| own.version == TlsVersion::Tls12).collect();
    (!all.is_empty()).then_some(all)
}

fn everywhere(offers: &[Offer], expected: &str, wrong: &str, holds: impl Fn(&Agreed) -> bool) -> Option<Observation> {
    let all = of_tls_12(offers)?;
    let places: Vec<&str> = all.iter().filter(|(_, own, _)| !holds(own)).map(|(origin, ..)| *origin).collect();
    let observed = match places.is_empty() {
        true => "so it is".to_owned(),
        false => format!("{wrong} at {}", places.join(", ")),
    };
    let cites = all.iter().map(|(.., number)| *number).collect();
    Some(Observation::new(places.is_empty(), expected, observed, cites))
}

/// Whether no TLS 1.2 is compressed (RFC 9325 3.3); none where TLS 1.2 is accepted nowhere.
pub fn uncompressed(offers: &[Offer]) -> Option<Observation> {
    everywhere(offers, "no compression", "compressed", |own| !own.compresses)
}

/// Whether every TLS 1.2 binds renegotiation to the connection (RFC 9325 3.5); none where TLS 1.2 is accepted nowhere.
pub fn bound(offers: &[Offer]) -> Option<Observation> {
    everywhere(offers, "the extension renegotiation_info", "without it", |own| own.binds_renegotiation)
}

/// Whether TLS 1.2 is marked as a downgrade wherever TLS 1.3 is accepted too (RFC 8446 4.1.3); none where no address accepts both.
pub fn marked(offers: &[Offer]) -> Option<Observation> {
    let newer: BTreeSet<&str> =
        accepted(offers).filter(|(_, version, _)| *version == TlsVersion::Tls13).map(|(origin, ..)| origin).collect();
    let both: Vec<Offer> = offers.iter().filter(|(origin, ..)| newer.contains(origin.as_str())).cloned().collect();
    everywhere(&both, "the mark of a downgrade", "unmarked", |own| own.marks_downgrade)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(accepted: &[TlsVersion]) -> Vec<Offer> {
        let became = |version| match accepted.contains(&version) {
            true => Handshake::Accepted(Agreed {
                version,
                compresses: false,
                binds_renegotiation: true,
                marks_downgrade: true,
            }),
            false => Handshake::Refused("alert protocol_version".to_owned()),
        };
        let all = TlsVersion::ALL.into_iter().zip(1..);
        all.map(|(version, number)| ("https://a.test".to_owned(), version, became(version), number)).collect()
    }

    #[test]
    fn old_versions_are_told_where_they_are_accepted() {
        use TlsVersion::{Ssl3, Tls10, Tls12, Tls13};
        assert!(no_older(&offers(&[Tls12, Tls13])).met && modern(&offers(&[Tls12])).met);
        let seen = no_older(&offers(&[Ssl3, Tls10, Tls12]));
        assert_eq!((seen.met, seen.cites), (false, vec![1, 2]));
        assert_eq!(seen.observed, "accepted: SSL 3.0 at https://a.test, TLS 1.0 at https://a.test");
        assert!(!modern(&offers(&[Tls10])).met && !newest(&offers(&[Tls12])).met && newest(&offers(&[Tls13])).met);
    }

    #[test]
    fn the_weaknesses_of_tls_1_2_are_told_where_it_is_accepted() {
        use TlsVersion::{Tls12, Tls13};
        let weak = |newer: bool| {
            let agreed =
                Agreed { version: Tls12, compresses: true, binds_renegotiation: false, marks_downgrade: false };
            let mut all = offers(if newer { &[Tls13] } else { &[] });
            all.push(("https://a.test".to_owned(), Tls12, Handshake::Accepted(agreed), 9));
            all
        };
        assert!(!uncompressed(&weak(true)).unwrap().met && !bound(&weak(true)).unwrap().met);
        let seen = marked(&weak(true)).unwrap();
        assert_eq!((seen.met, seen.observed.as_str(), seen.cites), (false, "unmarked at https://a.test", vec![9]));
        assert!(marked(&weak(false)).is_none(), "who speaks no TLS 1.3 is not downgraded");
        let sound = offers(&[Tls12, Tls13]);
        assert!([uncompressed(&sound), bound(&sound), marked(&sound)].iter().all(|own| own.as_ref().unwrap().met));
        assert!(bound(&offers(&[Tls13])).is_none());
    }

    #[test]
    fn one_address_does_not_speak_for_another() {
        let mut all = offers(&[TlsVersion::Tls13]);
        all.extend(
            offers(&[])
                .into_iter()
                .map(|(_, version, became, number)| ("https://b.test".to_owned(), version, became, number)),
        );
        assert_eq!(modern(&all).observed, "neither at https://b.test");
    }
}
