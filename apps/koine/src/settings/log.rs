//! `[log]`: what is logged, and how it looks.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tracing_subscriber::EnvFilter;

/// What is logged, and how it looks.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Log {
    /// What is logged.
    pub(crate) level: Level,
    /// How a line looks.
    pub(crate) format: Format,
}

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: a JSON object a line.
    Json,
}

/// Directives of `EnvFilter`, known to be understood by it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Level(String);

impl Level {
    /// The filter that these directives describe.
    pub(crate) fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl Default for Level {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.split(',').all(is_directive) && EnvFilter::builder().parse(&text).is_ok() {
            Ok(Self(text))
        } else {
            Err(D::Error::custom(format_args!(
                "{text:?} is no log level: use off, error, warn, info, debug or trace, or directives such as \
                 \"info,koine_gateway=debug\""
            )))
        }
    }
}

/// `EnvFilter` takes a bare word that is no level for the name of a module, and then logs that module
/// and nothing else: a slip in writing `info` would silence the log.
fn is_directive(text: &str) -> bool {
    let text = text.trim();
    let is_level =
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|it| it.eq_ignore_ascii_case(text));
    is_level || text.contains(['=', '[', ']'])
}
