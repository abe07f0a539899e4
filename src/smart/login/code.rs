//! One-time codes by the clock (RFC 6238), as authenticator apps make them.

use crate::target::User;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use url::Url;

/// Makes the codes of one user.
pub(super) struct Codes(Totp);

impl Codes {
    /// By what the configuration says: the key in base32, or an `otpauth://` address. An error says what is wrong with it.
    pub(super) fn of(user: &User) -> Result<Self, String> {
        let own = user.totp.as_ref().map(|totp| totp.expose().trim()).unwrap_or_default();
        let url = Url::parse(own).ok().filter(|url| url.scheme() == "otpauth");
        let get = |name: &str| {
            let pairs = url.as_ref()?.query_pairs();
            pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let number = |name: &str, usual: u64| match get(name) {
            Some(text) => text.parse().map_err(|_| format!("its {name} is no number")),
            None => Ok(usual),
        };
        let key = if url.is_some() { get("secret").unwrap_or_default() } else { own.to_owned() };
        let key: String = key.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect();
        let secret =
            Secret::try_from_base32(key.to_ascii_uppercase()).map_err(|_| "its key is not base32".to_owned())?;
        if secret.as_bytes().is_empty() {
            return Err("it has no key".to_owned());
        }
        let algorithm = match get("algorithm").as_deref() {
            None | Some("SHA1") => Algorithm::SHA1,
            Some("SHA256") => Algorithm::SHA256,
            Some("SHA512") => Algorithm::SHA512,
            Some(_) => return Err("its algorithm is none of SHA1, SHA256 and SHA512".to_owned()),
        };
        let digits = number("digits", 6)?;
        let digits = u8::try_from(digits).ok().filter(|digits| (6..=8).contains(digits));
        let period = number("period", 30)?;
        if !(1..=300).contains(&period) {
            return Err("its period is not 1 to 300 seconds".to_owned());
        }
        let made = Builder::new()
            .with_algorithm(algorithm)
            .with_digits(digits.ok_or("its digits are not 6 to 8")?)
            .with_step_duration(period)
            .with_secret(secret);
        // Many servers give keys that are shorter than RFC 4226 wants.
        Ok(Self(made.build_noncompliant()))
    }

    /// The code of a moment, in seconds since 1970.
    fn at(&self, seconds: u64) -> String {
        self.0.generate(seconds).to_string()
    }

    /// The code of this moment; after one that was refused, that of the next one.
    pub(super) async fn next(&self, refused: u8) -> String {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if refused > 0 {
            let at = now();
            tokio::time::sleep(Duration::from_secs(self.0.next_step(at).saturating_sub(at) + 1)).await;
        }
        self.at(now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Secret as Kept;

    fn of(totp: &str) -> Result<Codes, String> {
        let user = User {
            username: String::new(),
            password: None,
            totp: Some(Kept::new(totp.to_owned())),
            patient: None,
            tokens: None,
        };
        Codes::of(&user)
    }

    /// RFC 6238, appendix B: the key is "12345678901234567890".
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_standard() {
        let eight = of(&format!("otpauth://totp/Portal:dora?secret={KEY}&digits=8&period=30")).ok().unwrap();
        assert_eq!((eight.at(59), eight.at(1_111_111_109)), ("94287082".to_owned(), "07081804".to_owned()));
        assert_eq!(of(KEY).ok().unwrap().at(59), "287082");
        assert_eq!(of("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").ok().unwrap().at(59), "287082");
    }

    #[test]
    fn what_makes_no_codes_is_told() {
        let why = |totp: &str| of(totp).err().unwrap();
        assert_eq!(why("not base32!"), "its key is not base32");
        assert_eq!(why(""), "it has no key");
        assert_eq!(why(&format!("otpauth://totp/x?secret={KEY}&digits=4")), "its digits are not 6 to 8");
        assert_eq!(
            why(&format!("otpauth://totp/x?secret={KEY}&algorithm=MD5")),
            "its algorithm is none of SHA1, SHA256 and SHA512"
        );
        assert_eq!(why(&format!("otpauth://totp/x?secret={KEY}&period=0")), "its period is not 1 to 300 seconds");
    }
}
