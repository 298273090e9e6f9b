//! How much of everything is allowed.

/// Bounds on what clients may ask of the core. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The text of one part.
    pub text_bytes: usize,
    /// One attachment.
    pub media_bytes: usize,
    /// One attachment that comes in chunks, which never are in memory together.
    pub upload_bytes: u64,
    /// The uploads that an account may have begun and not finished.
    pub unfinished_uploads: usize,
    /// Their bytes, taken together; one upload of the largest size always has room.
    pub unfinished_bytes: u64,
    /// All that an account has on the disk, its pictures and what is to be taken away included, with its unfinished uploads; `None`
    /// for as much as there is room for.
    pub media_quota_bytes: Option<u64>,
    /// A person's picture.
    pub avatar_bytes: usize,
    /// Nick, status, names of groups, e-mail addresses and phone numbers.
    pub name_bytes: usize,
    /// The entries of an address book that are looked up at once.
    pub cards: usize,
    /// The members of a group, with those who are invited.
    pub group_members: usize,
    /// The members whom an overview of a group lists; when it is made, also all for whom an invitation was accepted.
    pub listed_members: usize,
    /// The pictures that one answer holds, taken together; people beyond it come without.
    pub pictures_bytes: usize,
    /// The messages that one answer holds.
    pub history_messages: usize,
    /// The media that one answer holds, taken together; what is beyond it is referred to by URL.
    pub history_media_bytes: usize,
    /// The media inside of what is made for all clients, until they have taken it.
    pub outgoing_media_bytes: usize,
    /// The live tokens that an account may have.
    pub tokens_per_account: usize,
    /// Whether requests for friendship and invitations to people who cannot answer are accepted for them.
    pub auto_accept: bool,
    /// What can be done how often.
    pub rates: RateLimits,
}

/// Bounds on how often things are done. Zero is no bound, and by default there are none: what suits a server depends on who can
/// reach it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// Wrong passwords for one account from one address that are free, before each one costs a delay.
    pub failed_logins: u32,
    /// Wrong passwords from one address that are free, for whatever accounts.
    pub failed_logins_per_address: u32,
    /// The longest delay, in seconds.
    pub login_delay_seconds: u32,
    /// Accounts that are made from one address in an hour.
    pub registrations_per_address: u32,
    /// Letters with links that are asked for from one address in an hour.
    pub mails_per_address: u32,
    /// Letters with links that go to one mailbox in an hour, of each kind.
    pub mails_per_recipient: u32,
    /// Passwords from one address that are checked, or wait for it, at the same time.
    pub passwords_per_address: u32,
    /// Requests of one account in a second, over all of its connections.
    pub requests_per_second: u32,
    /// Requests of one account at once.
    pub request_burst: u32,
    /// What an account tells others in a second, over all of its connections: messages, and what is done to them and to groups.
    pub posts_per_second: u32,
    /// How much of that at once.
    pub post_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 64 << 10,
            media_bytes: 12 << 20,
            upload_bytes: 1 << 30,
            unfinished_uploads: 100,
            unfinished_bytes: 1 << 30,
            media_quota_bytes: None,
            avatar_bytes: 4 << 20,
            name_bytes: 1 << 10,
            cards: 5_000,
            group_members: 100_000,
            listed_members: 1_000,
            pictures_bytes: 8 << 20,
            history_messages: 1_000,
            history_media_bytes: 16 << 20,
            outgoing_media_bytes: 256 << 20,
            tokens_per_account: 5,
            auto_accept: true,
            rates: RateLimits::default(),
        }
    }
}
