//! What is known of a password: a wrong one is sent once in a whole run, since servers lock accounts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// What the sign-ins of a run have learned of each user's password.
#[derive(Default)]
pub(in crate::smart) struct Passwords(Mutex<HashMap<(String, String), Standing>>);

impl Passwords {
    /// What is known of the password of `username` at `tenant`.
    pub(in crate::smart) fn of(&self, tenant: &str, username: &str) -> Standing {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((tenant.to_owned(), username.to_owned())).or_default().clone()
    }
}

/// What is known of one password. Cheap to clone; all clones know the same.
#[derive(Clone, Default)]
pub struct Standing(Arc<tokio::sync::Mutex<Known>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    Untried,
    Right,
    Wrong,
}

impl Standing {
    /// The right to send the password. As long as nothing is known, one sign-in has it and the others wait.
    pub async fn turn(&self) -> Turn {
        let guard = Arc::clone(&self.0).lock_owned().await;
        let known = *guard;
        Turn { known, guard: Some(guard).filter(|_| known == Known::Untried) }
    }
}

/// One sign-in's right to send a password.
pub struct Turn {
    known: Known,
    guard: Option<OwnedMutexGuard<Known>>,
}

impl Turn {
    /// Whether the password was refused before.
    pub fn is_wrong(&self) -> bool {
        self.known == Known::Wrong
    }

    /// Whether the password was accepted before.
    pub fn is_right(&self) -> bool {
        self.known == Known::Right
    }

    /// The server accepted the password.
    pub fn accepted(&mut self) {
        self.learn(Known::Right);
    }

    /// The server refused the password.
    pub fn refused(&mut self) {
        self.learn(Known::Wrong);
    }

    /// What was known first stays: a page that asks again is not about a password that was right before.
    fn learn(&mut self, known: Known) {
        if let Some(mut guard) = self.guard.take() {
            *guard = known;
            self.known = known;
        }
    }
}
