//! What the steps of a scenario leave for one another: topics, each a type of its own, of which there is one or none.

use super::World;
use super::burden::Unanswered;
use super::change::{Before, Doomed};
use super::confusion::{Mixed, Named};
use super::edition::Asking;
use super::granular::Granular;
use super::mixing::{Conditions, Handled, Orders};
use super::oracle::Refusals;
use super::order::Handover;
use super::own::PutBy;
use super::proof::{Bound, NamedKey};
use super::pushed::Pushed;
use super::stranger::{Kept, Mistyped};
use super::tenancy::Mixups;
use super::tls::{Addresses, Alone, Offers, Plainly, Shown};
use crate::examine::crossing::Try;
use crate::examine::isolation::{Count, Received};
use crate::examine::{Document, Query, Search};
use crate::http::{Answer, Lure};
use crate::record::Halt;
use crate::search::{Group, Span};
use crate::smart::{Ask, Endpoints, Grant, Landing, Session, SessionKey};
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;

/// Something that a step leaves and another step needs.
pub(super) trait Topic: Sized {
    /// What it is, for the report of a step that misses it.
    const NAME: &'static str;

    fn of(scene: &Scene) -> Option<&Self>;

    fn place(scene: &mut Scene) -> &mut Option<Self>;
}

/// Declares the topics: where each lies, its type, and what it is.
macro_rules! scene {
    ($($place:ident: $topic:ty, $name:literal;)+) => {
        /// What was left by now.
        #[derive(Default)]
        pub(super) struct Scene {
            $($place: Option<$topic>,)+
            /// The step under way.
            words: &'static str,
            step: RefCell<Handover>,
        }

        $(impl Topic for $topic {
            const NAME: &'static str = $name;

            fn of(scene: &Scene) -> Option<&Self> {
                scene.$place.as_ref()
            }

            fn place(scene: &mut Scene) -> &mut Option<Self> {
                &mut scene.$place
            }
        })+
    };
}

scene! {
    sign_in: SignIn, "a sign-in";
    launch: EhrLaunch, "a launch";
    session: Arc<Session>, "a session";
    other: Other, "a session of patient b or at the other tenant";
    grant: Grant, "a token of its own";
    doomed: Doomed, "a resource of patient b";
    lure: Lure, "an address of the app";
    addresses: Addresses, "addresses on https";
    offers: Offers, "handshakes";
    alone: Alone, "offers of some ciphers";
    plainly: Plainly, "requests without TLS";
    shown: Shown, "certificates";
    mixed: Mixed, "what two people who signed in at once were given";
    named: Named, "what came of a request that names another patient";
    orders: Orders, "reads with the tokens of two patients";
    conditions: Conditions, "reads with and without conditions";
    unanswered: Unanswered, "requests without an answer";
    refusals: Refusals, "reads of somebody and of nobody";
    mixups: Mixups, "reads at both tenants at the same time";
    mistyped: Mistyped, "a sign-in with another password";
    put_by: PutBy, "an answer that was put by";
    bound: Bound, "a session that is bound to a key";
    named_key: NamedKey, "a key that a request named";
    pushed: Pushed, "an authorization request that was pushed";
    kept: Kept, "cookies from before a sign-in";
    handled: Handled, "what a foreign launch handle brought";
    answer: Answer, "an answer";
    answers: Answers, "answers to the forms of an attack";
    document: Document, "a document";
    group: Group, "a profile under examination";
    examined: Examined, "a resource";
    searching: Searching, "a search";
    granular: Granular, "a granular session";
    suspects: Suspects, "answers in which something could leak";
    before: Before, "a Patient before a change";
    crossed: Crossed, "requests for another patient's record";
    counts: Counts, "counts";
    asking: Asking, "a page that asks";
}

/// The answers to one attack in several forms.
pub(super) struct Answers(pub(super) Vec<Answer>);

/// One played authorization, whose code may be exchanged.
pub(super) struct SignIn {
    pub(super) key: SessionKey,
    pub(super) ask: Ask,
    pub(super) landing: Landing,
    pub(super) endpoints: Endpoints,
}

/// What an EHR launch carried, or where it ended instead.
pub(super) struct EhrLaunch(pub(super) Landing);

/// The session of patient b, or at the other tenant.
pub(super) struct Other(pub(super) Arc<Session>);

/// The resources under examination.
pub(super) struct Examined {
    pub(super) resources: Vec<Value>,
    /// The answers that brought them, where they are known.
    pub(super) answers: Vec<Answer>,
    /// The exchanges in which they came, the first few.
    pub(super) cites: Vec<u32>,
}

/// Searches, to be made and made.
#[derive(Default)]
pub(super) struct Searching {
    pub(super) queries: Vec<Query>,
    pub(super) made: Vec<Search>,
    /// When the date was that the queries are about.
    pub(super) span: Option<Span>,
}

/// Answers in which nothing of patient b may stand, with the exchanges that brought them.
pub(super) struct Suspects(pub(super) Vec<(u32, Received)>);

/// How many resources patient a is told that others have.
pub(super) struct Counts {
    /// Patient b.
    pub(super) b: Count,
    /// Patients that there are not.
    pub(super) nobody: [Count; 2],
    /// The exchanges that told.
    pub(super) cites: Vec<u32>,
}

impl Scene {
    /// A step begins: one that says the phrase of these words.
    pub(super) fn begin(&mut self, words: &'static str) {
        self.words = words;
        self.step.take();
    }

    /// A step has reached its end: what it needed and left.
    pub(super) fn end(&mut self) -> (&'static str, Handover) {
        (self.words, self.step.take())
    }

    /// The step needs one of these, unless it has left it itself.
    pub(super) fn needs(&self, names: &[&'static str]) {
        let mut step = self.step.borrow_mut();
        if !names.iter().any(|name| step.leaves.contains(name)) {
            step.needs.insert(names.iter().copied().collect());
        }
    }

    fn leaves(&mut self, name: &'static str) {
        self.step.get_mut().leaves.insert(name);
    }
}

impl World {
    /// What a step before left of a topic, if one did.
    pub(super) fn found<T: Topic>(&self) -> Option<&T> {
        T::of(&self.scene)
    }

    /// What a step before left of a topic; without it the steps stand in an order that makes no sense.
    pub(super) fn need<T: Topic>(&self) -> Result<&T, Halt> {
        self.scene.needs(&[T::NAME]);
        self.found().ok_or_else(|| self.misplaced(T::NAME))
    }

    /// Leaves something for the steps after this one, in place of what was left before.
    pub(super) fn put<T: Topic>(&mut self, topic: T) {
        self.scene.leaves(T::NAME);
        *T::place(&mut self.scene) = Some(topic);
    }

    /// Leaves nothing of a topic.
    pub(super) fn forget<T: Topic>(&mut self) {
        *T::place(&mut self.scene) = None;
    }

    /// What was left of a topic, to go on with.
    pub(super) fn going_on<T: Topic + Default>(&mut self) -> &mut T {
        self.scene.leaves(T::NAME);
        T::place(&mut self.scene).get_or_insert_default()
    }
}

/// What was asked for with another patient's token, and what came.
pub(super) struct Crossed {
    pub(super) tries: Vec<Try>,
    /// How many requests the ways and types would make in all.
    pub(super) product: usize,
    /// What was shown to the owner of the record.
    pub(super) controlled: String,
    /// How many values were looked for.
    pub(super) values: usize,
}
