//! What an acknowledgement says: what is promised for good, and what stands until it is changed again.

use std::collections::BTreeSet;

/// What an acknowledgement promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Promise {
    /// There is an account of this handle, and the token signs in to it, where there is one.
    Account {
        /// The handle.
        handle: String,
        /// The token.
        token: Option<String>,
        /// The number of the invitation with which they came, where they needed one: it has let them in.
        invitation: Option<u64>,
    },
    /// There is a group of this name with so many members.
    Group(String, usize),
    /// One account has asked the other to be friends.
    Asked(u64, u64),
    /// There is a message that says this: a text, or what is in a file.
    Said {
        /// The place: conversation and `seq`.
        place: (u64, u64),
        /// Who said it.
        sender: u64,
        /// What.
        content: Content,
    },
    /// There is a message that says this, whose place the protocol does not tell.
    Uttered {
        /// The handle of whoever said it.
        handle: String,
        /// What.
        text: String,
    },
    /// The message at a place was given this text.
    Edited((u64, u64), String),
    /// Somebody has put an emoji to the message at a place.
    Reacted((u64, u64), u64, String),
    /// Somebody has read everything up to a place.
    Read(u64, (u64, u64)),
    /// An account says this of itself.
    Status(u64, String),
}

/// Something that changes to and fro, as an acknowledgement says that it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// What is between two accounts.
    Pair {
        /// The one.
        one: u64,
        /// The other.
        other: u64,
        /// Whether the one waits for the other's answer.
        asked: bool,
        /// Whether both have each other.
        friends: bool,
        /// Whether the one has blocked the other.
        blocked: bool,
    },
    /// The password of an account.
    Password {
        /// Whose.
        account: u64,
        /// Which.
        password: String,
    },
    /// Whether a token signs in.
    Token {
        /// Which.
        token: String,
        /// Whether it does.
        live: bool,
    },
    /// What an account shows of itself.
    Shown {
        /// Which.
        account: u64,
        /// The nick.
        nick: String,
        /// The e-mail address.
        email: String,
        /// The SHA-256 of the picture.
        picture: Option<[u8; 32]>,
    },
    /// What an account is called, and that nobody else will be called what it was called before.
    Called {
        /// Which.
        account: u64,
        /// The handle.
        handle: String,
        /// All that it had until then, with this one, as they are compared.
        keys: BTreeSet<String>,
    },
    /// Whether there is an invitation.
    Invitation {
        /// Its number.
        number: u64,
        /// Whether it is good.
        good: bool,
    },
    /// What a group is.
    Led {
        /// Which.
        group: u64,
        /// Its name.
        name: String,
        /// The SHA-256 of its picture.
        picture: Option<[u8; 32]>,
        /// Who leads it.
        leader: u64,
    },
    /// What somebody is who comes and goes.
    Visiting {
        /// Who.
        account: u64,
        /// What the account is.
        state: State,
        /// A group.
        group: u64,
        /// Whether they are in it.
        is_in: bool,
    },
}

/// What an account is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It signs in.
    Active,
    /// An operator keeps it out.
    Disabled,
    /// It is deleted.
    Deleted,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file, by the SHA-256 of its bytes.
    File([u8; 32]),
}

impl Promise {
    /// The kinds of what people and visitors do.
    pub const KINDS: &[&str] = &[
        "account",
        "group",
        "request",
        "text",
        "file",
        "utterance",
        "edit",
        "reaction",
        "read mark",
        "status",
    ];

    /// The kinds of what people do at a gate.
    pub const OF_A_GATE: &[&str] = &["account by invitation"];

    /// What kind of deed it was.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Account { invitation: None, .. } => "account",
            Self::Account { .. } => "account by invitation",
            Self::Group(..) => "group",
            Self::Asked(..) => "request",
            Self::Said { content: Content::Text(_), .. } => "text",
            Self::Said { .. } => "file",
            Self::Uttered { .. } => "utterance",
            Self::Edited(..) => "edit",
            Self::Reacted(..) => "reaction",
            Self::Read(..) => "read mark",
            Self::Status(..) => "status",
        }
    }
}

impl Standing {
    /// The kinds of what a couple does.
    pub const OF_A_COUPLE: &[&str] = &[
        "asked",
        "accepted",
        "declined",
        "parted",
        "blocked",
        "unblocked",
        "password",
        "token",
        "token ended",
    ];
    /// The kinds of what is done in a house.
    pub const OF_A_HOUSE: &[&str] = &[
        "nick and address",
        "picture",
        "group's name",
        "group's picture",
        "group's leader",
        "came in",
        "went out",
        "disabled",
        "enabled",
        "deleted",
        "handle",
    ];
    /// The kinds of what is done at a gate.
    pub const OF_A_GATE: &[&str] = &["invitation", "invitation revoked"];

    /// What is the same for all that follow each other.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Pair { one, other, .. } => format!("{one} and {other}"),
            Self::Password { account, .. } => format!("password of {account}"),
            Self::Token { token, .. } => format!("token {token}"),
            Self::Shown { account, .. } => format!("what {account} shows"),
            Self::Called { account, .. } => format!("what {account} is called"),
            Self::Invitation { number, .. } => format!("invitation {number}"),
            Self::Led { group, .. } => format!("group {group}"),
            Self::Visiting { account, group, .. } => format!("{account} and {group}"),
        }
    }

    /// What kinds of deeds have made this of what was before.
    pub(crate) fn deeds(&self, before: Option<&Self>) -> Vec<&'static str> {
        let mut deeds = Vec::new();
        let mut done = |kind, is_so: bool| deeds.extend(is_so.then_some(kind));
        match (self, before) {
            (
                Self::Pair { asked, friends, blocked, .. },
                Some(Self::Pair { asked: was_asked, friends: were_friends, blocked: was_blocked, .. }),
            ) => {
                done("asked", *asked && !was_asked);
                done("accepted", *friends && !were_friends);
                done("declined", *was_asked && !(*asked || *friends || *blocked));
                done("parted", *were_friends && !(*friends || *blocked));
                done("blocked", *blocked && !was_blocked);
                done("unblocked", *was_blocked && !blocked);
            }
            (Self::Password { password, .. }, Some(Self::Password { password: was, .. })) => {
                done("password", password != was);
            }
            (Self::Token { live, .. }, _) => done(if *live { "token" } else { "token ended" }, true),
            (
                Self::Shown { nick, email, picture, .. },
                Some(Self::Shown { nick: was_nick, email: was_email, picture: was_picture, .. }),
            ) => {
                done("nick and address", nick != was_nick && email != was_email);
                done("picture", picture != was_picture);
            }
            (Self::Called { handle, .. }, Some(Self::Called { handle: was, .. })) => {
                done("handle", handle != was);
            }
            (Self::Invitation { good, .. }, _) => {
                done(if *good { "invitation" } else { "invitation revoked" }, true);
            }
            (
                Self::Led { name, picture, leader, .. },
                Some(Self::Led { name: was_name, picture: was_picture, leader: was_leader, .. }),
            ) => {
                done("group's name", name != was_name);
                done("group's picture", picture != was_picture);
                done("group's leader", leader != was_leader);
            }
            (Self::Visiting { state, is_in, .. }, Some(Self::Visiting { state: was, is_in: was_in, .. })) => {
                done("came in", *is_in && !was_in);
                done("went out", !is_in && *was_in && *state == State::Active);
                done("disabled", *state == State::Disabled && *was == State::Active);
                done("enabled", *state == State::Active && *was == State::Disabled);
                done("deleted", *state == State::Deleted);
            }
            _ => {}
        }
        deeds
    }
}
