//! Mail that is not sent: tests read the links out of it.

use koine_core::surroundings::{Mail, Mailer, Posted, Told};
use std::sync::{Mutex, PoisonError};

/// Takes every mail, except those to addresses below `.invalid`.
#[derive(Default)]
pub struct Pigeons(Mutex<Vec<Mail>>);

impl Pigeons {
    /// The link in the last mail to `address`.
    pub fn link(&self, address: &str) -> String {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = mails.iter().rev().find(|mail| mail.to == address);
        found.unwrap_or_else(|| panic!("no mail went to {address}")).link.clone()
    }
}

impl Mailer for Pigeons {
    fn post(&self, mail: Mail, told: Told) {
        if mail.to.ends_with(".invalid") {
            told(Posted::Failed);
        } else {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            told(Posted::Sent);
        }
    }
}
