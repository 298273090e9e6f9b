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
