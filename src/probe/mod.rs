//! Attacks as types, one topic a file: what is altered in a correct request.

#[macro_use]
mod attack;
mod assertion;
mod attempt;
mod authorize;
mod burden;
mod carriage;
mod change;
mod client_auth;
mod code;
mod credential;
mod errand;
mod forge;
mod grant;
mod introspection;
mod launch;
mod links;
mod origin;
mod pkce;
mod proof;
mod push;
mod reading;
mod redirect;
mod refresh;
mod revocation;
#[cfg(test)]
mod tests;
mod way;

pub use assertion::AssertionChange;
pub use attack::{About, Attack, Control, Intrusion, Made, Need};
pub use attempt::{Attempt, Lent};
pub use authorize::AuthorizeChange;
pub use burden::{Burden, Load, expanded};
pub use carriage::RequestForm;
pub use change::{Change, ForeignChange, RecordChange};
pub use client_auth::ClientAuthChange;
pub use code::{CodeChange, CodeMisuse};
pub use credential::{Credential, TokenForgery, TokenMisuse};
pub use errand::{Errand, Errands};
pub use grant::GrantChange;
pub use introspection::{IntrospectedToken, IntrospectionCaller};
pub use launch::LaunchHandle;
pub use links::altered_links;
pub use origin::{ForeignPage, PageOrigin};
pub use pkce::PkceChange;
pub use proof::{ExchangeProof, ProofChange, Proving, RefreshProof};
pub use push::{Presenting, PushChange, PushedUse};
pub use reading::{Forms, Reading};
pub use redirect::RedirectPlace;
pub use refresh::{RefreshChange, RefreshMisuse};
pub use revocation::{RevocationCaller, RevokedToken};
pub use way::{Crossing, Way};

/// The attacks of one enum, for those who list or look them up.
pub struct Topic {
    /// The name of the enum, as phrases write it in braces.
    pub name: &'static str,
    /// What they alter.
    pub alters: &'static str,
    /// What is known of each.
    pub attacks: Vec<&'static About>,
}

/// Every topic of attacks.
pub fn topics() -> Vec<Topic> {
    vec![
        topic::<AssertionChange>(),
        topic::<AuthorizeChange>(),
        topic::<Burden>(),
        topic::<ClientAuthChange>(),
        topic::<CodeChange>(),
        topic::<CodeMisuse>(),
        topic::<Credential>(),
        topic::<Errand>(),
        topic::<ExchangeProof>(),
        topic::<ForeignChange>(),
        topic::<ForeignPage>(),
        topic::<GrantChange>(),
        topic::<IntrospectedToken>(),
        topic::<IntrospectionCaller>(),
        topic::<LaunchHandle>(),
        topic::<PkceChange>(),
        topic::<ProofChange>(),
        topic::<PushChange>(),
        topic::<PushedUse>(),
        topic::<RecordChange>(),
        topic::<RedirectPlace>(),
        topic::<RefreshChange>(),
        topic::<RefreshMisuse>(),
        topic::<RefreshProof>(),
        topic::<RequestForm>(),
        topic::<RevocationCaller>(),
        topic::<RevokedToken>(),
        topic::<TokenForgery>(),
        topic::<TokenMisuse>(),
        topic::<Way>(),
    ]
}

fn topic<A: Attack>() -> Topic {
    Topic { name: A::TOPIC, alters: A::ALTERS, attacks: A::ALL.iter().map(|attack| attack.about()).collect() }
}
