//! Telling people what happened to their account, by mail, where somebody else may have done it.

use crate::Core;
use crate::surroundings::{About, Mail};
use crate::verification;
use koine_model::account::Profile;

impl Core {
    /// An account may have another address now: whoever reads the old one is told, since the new one is enough to set another
    /// password.
    pub(crate) fn email_changed(&self, before: &Profile, after: &Profile) {
        let Some(mailer) = &self.surroundings.mailer else { return };
        let Some(old) = verification::address(&before.email) else { return };
        let same = verification::address(&after.email).is_some_and(|new| new == old);
        if same || !self.rates.may_notice(after.id, &old, self.moment()) {
            return;
        }
        let to = before.email.trim().to_owned();
        let about = About::AddressChanged(after.handle.as_str().to_owned());
        let account = after.id;
        let told =
            Box::new(move |posted| tracing::info!(%account, ?posted, "told of another e-mail address"));
        mailer.post(Mail { to, about, link: String::new(), minutes: 0 }, told);
    }
}
