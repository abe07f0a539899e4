//! What every attack is: its words, what it does, why that matters, what a right server answers, and how it is made.
//!
//! A topic of attacks is one enum in one file, written with [`attacks!`]. A new attack is one more variant there: the
//! phrases that name the enum accept its words, `probity steps` lists it and `probity explain` describes it.

use std::fmt;

/// What is known of one attack.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    /// The enum that it belongs to.
    pub topic: &'static str,
    /// How a feature names it.
    pub words: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What an attacker gains where it works.
    pub matters: &'static str,
    /// What a right server answers.
    pub right: &'static str,
    /// What it cannot be made without.
    pub needs: &'static [Need],
    /// What it does to the target besides asking; nothing makes it harmless.
    pub intrudes: &'static [Intrusion],
    /// What must succeed, so that a refusal means something.
    pub control: Control,
}

impl About {
    /// Whether it does more to a target than ask.
    pub const fn is_intrusive(&self) -> bool {
        !self.intrudes.is_empty()
    }
}

/// Declares an enum whose variants are told to people in these words.
macro_rules! worded {
    ($(#[$doc:meta])* $name:ident; $($variant:ident $text:literal,)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $text] $variant,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

worded! {
    /// What an attack cannot be made without.
    Need;
    AccessToken "an access token",
    JwtAccessToken "an access token that is a JSON Web Token",
    IssuerKeys "public keys of the issuer",
    IdToken "an id_token",
    RefreshToken "a refresh token",
    Code "an authorization code",
    Challenge "a code_challenge",
    SecondSignIn "a second sign-in",
    Patient "a Patient that can be read",
    AssertionKey "a client with a private key",
    UsedAssertion "an assertion that was used",
    SecondPatient "a second patient",
    SecondClient "a second client",
    SecondTenant "a second tenant",
    SecretClient "a client with a secret",
    LaunchHandle "a launch from an EHR",
    LettersInPath "a redirect URI with letters in its path",
    WiderScopes "scopes beyond those that were granted",
    ProofKey "a key that a token is bound to",
    OwnAddress "an address of the app that the target can reach",
    ForeignResource "a resource of the other patient, beside the Patient",
}

impl Need {
    /// Whether it is there only where the configuration names it.
    pub const fn is_configured(self) -> bool {
        matches!(
            self,
            Self::AssertionKey | Self::SecondPatient | Self::SecondClient | Self::SecondTenant | Self::SecretClient
        )
    }
}

worded! {
    /// What an attack does to a target besides asking.
    Intrusion;
    Forges "forges a credential",
    Replays "replays what was used already",
    Guesses "guesses a secret",
    Mutates "changes what the target stores",
    Burdens "burdens the target",
}

worded! {
    /// What must succeed in the same minute, so that a refusal of the attack means something.
    Control;
    SignIn "the correct request gives a code",
    Exchange "the correct exchange gives a token",
    Read "the live token reads the patient",
    BoundRead "the bound token and its proof read the patient",
    Refresh "the app itself gets a token for its refresh token",
    Introspection "a live token is introspected as active",
    Revocation "the app revokes its own token",
    Reached "the same request shows the record to its owner",
}

impl Control {
    /// How the steps begin that show it.
    pub const fn steps(self) -> &'static [&'static str] {
        match self {
            Self::SignIn => &["a session "],
            Self::Exchange => &["a session ", "the app has exchanged its code"],
            Self::Read => &["that token reads the patient"],
            Self::BoundRead => &["that bound token reads the patient"],
            Self::Refresh => &["the app has used its refresh token"],
            Self::Revocation => &["the app has revoked its refresh token"],
            Self::Introspection => &["the app has introspected its access token"],
            Self::Reached => &["patient b's record, as patient b sees it", "that token reads the patient"],
        }
    }
}

/// Whether an attack could be made; if not, what was wanting.
pub type Made = Result<(), Need>;

/// Attacks of one topic.
pub trait Attack: Copy + 'static {
    /// What is correct until the attack alters it.
    type Subject;
    /// The name of the topic, as phrases write it in braces.
    const TOPIC: &'static str;
    /// What is altered.
    const ALTERS: &'static str;
    /// Every one of them.
    const ALL: &'static [Self];

    /// What is known of it.
    fn about(self) -> &'static About;

    /// Alters the correct `subject`, and nothing else in it than the words say.
    ///
    /// # Errors
    /// The [`Need`] that the subject has not got.
    fn make(self, subject: &mut Self::Subject) -> Made;
}

/// What `make` may return in the table of a topic: nothing, where nothing can be wanting.
pub(super) trait IntoMade {
    fn made(self) -> Made;
}

impl IntoMade for () {
    fn made(self) -> Made {
        Ok(self)
    }
}

impl IntoMade for Made {
    fn made(self) -> Made {
        self
    }
}

/// Declares the attacks of a topic: an enum, and for each variant its words, what is known of it, and how it is made.
macro_rules! attacks {
    (
        $alters:literal
        $name:ident of $subject:ty, control $control:ident;
        $($variant:ident $words:literal {
            does: $does:literal,
            matters: $matters:literal,
            right: $right:literal,
            needs: [$($need:ident),*],
            intrudes: [$($intrusion:ident),*],
            make: $make:expr,
        })+
    ) => {
        #[doc = $alters]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $does] $variant,)+
        }

        impl $crate::probe::attack::Attack for $name {
            type Subject = $subject;
            const TOPIC: &'static str = stringify!($name);
            const ALTERS: &'static str = $alters;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn about(self) -> &'static $crate::probe::attack::About {
                match self {
                    $(Self::$variant => const {
                        &$crate::probe::attack::About {
                            topic: stringify!($name),
                            words: $words,
                            does: $does,
                            matters: $matters,
                            right: $right,
                            needs: &[$($crate::probe::attack::Need::$need),*],
                            intrudes: &[$($crate::probe::attack::Intrusion::$intrusion),*],
                            control: $crate::probe::attack::Control::$control,
                        }
                    },)+
                }
            }

            fn make(self, subject: &mut $subject) -> $crate::probe::attack::Made {
                match self {
                    $(Self::$variant => {
                        let make: fn(&mut $subject) -> _ = $make;
                        $crate::probe::attack::IntoMade::made(make(subject))
                    })+
                }
            }
        }
    };
}
