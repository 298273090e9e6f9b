//! `[smtp]`: the server through which mail goes out.

use super::units::Count;
use koine_mail::{Language, Tls};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The server through which mail goes out; without a host, no mail does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Smtp {
    /// Its name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: Count<1, 65535>,
    /// How the connection is kept secret.
    pub(crate) tls: Security,
    /// The name under which this server may send; nothing where it need not say.
    pub(crate) user: String,
    /// The password that belongs to it.
    pub(crate) password: Hidden,
    /// The address from which mail comes.
    pub(crate) from: String,
    /// The language of mail.
    pub(crate) language: Tongue,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: Count::of(587),
            tls: Security::Starttls,
            user: String::new(),
            password: Hidden::default(),
            from: String::new(),
            language: Tongue::En,
        }
    }
}

/// How the connection is kept secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// Not at all.
    None,
    /// It begins in the open and must turn secret.
    Starttls,
    /// From the first byte.
    Tls,
}

/// A language that mail can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tongue {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Chinese.
    Zh,
}

/// A password, which is not shown, not even where the settings are.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "(hidden)" })
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

impl Smtp {
    /// As the mailer wants it; `None` where no mail is to go out.
    pub(crate) fn mail(&self) -> Option<koine_mail::Settings> {
        (!self.host.is_empty()).then(|| koine_mail::Settings {
            host: self.host.clone(),
            port: u16::try_from(self.port.get()).unwrap_or(u16::MAX),
            tls: match self.tls {
                Security::None => Tls::None,
                Security::Starttls => Tls::Starttls,
                Security::Tls => Tls::Tls,
            },
            credentials: (!self.user.is_empty()).then(|| (self.user.clone(), self.password.0.clone())),
            from: self.from.clone(),
            language: match self.language {
                Tongue::En => Language::English,
                Tongue::Ru => Language::Russian,
                Tongue::Zh => Language::Chinese,
            },
        })
    }
}
