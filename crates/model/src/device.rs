//! Devices: the ways in which an account is present, each with its own memory of what has arrived.

/// What a session is, to the core: which device of the account, and with which manners.
///
/// A dialect without names for devices is one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// The device's name: the dialect's.
    pub name: &'static str,
    /// What happens to several sessions of one account on this device.
    pub sessions: Sessions,
    /// Whether a person can answer a request for friendship here.
    pub answers_requests: bool,
    /// Whether signing in begins to listen; where it does not, clients poll, or ask to listen.
    pub listens: bool,
    /// Whether its clients show what is done to messages themselves; where they do not, it is told in words.
    pub shows_acts: bool,
    /// Whether its clients are told of marks and of who is writing.
    pub shows_marks: bool,
    /// The tokens of the device.
    pub tokens: Tokens,
}

impl Device {
    /// A device that listens from signing in on and shows words alone.
    pub const fn plain(name: &'static str, sessions: Sessions) -> Self {
        Self {
            name,
            sessions,
            answers_requests: false,
            listens: true,
            shows_acts: false,
            shows_marks: false,
            tokens: Tokens::SHORT,
        }
    }
}

/// How long the tokens of a device live, and how many an account may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tokens {
    /// How long a token lives that nobody uses, in milliseconds. Each use begins it anew.
    pub lifetime: i64,
    /// Whether the count of the configuration (few) holds, or [`Tokens::MANY`].
    pub few: bool,
    /// Whether each request brings its token: then a connection is nobody's for long, and does not end with a token.
    pub with_each_request: bool,
}

impl Tokens {
    /// How many tokens of a generous kind an account may have.
    pub const MANY: usize = 100;
    const DAY: i64 = 24 * 60 * 60 * 1000;
    /// Tokens for clients that ask for one at every start, and show it with each request.
    pub const SHORT: Self = Self { lifetime: 5 * Self::DAY, few: true, with_each_request: true };
    /// Tokens for devices that keep theirs, and show it once on a connection.
    pub const LONG: Self = Self { lifetime: 90 * Self::DAY, few: false, with_each_request: false };
}

/// What happens when an account signs in a second time on the same device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sessions {
    /// The older one is closed.
    ReplaceOlder,
    /// Both stay.
    Several,
    /// The newer one is refused, as long as the older one's client still answers.
    RefuseNewer,
}
