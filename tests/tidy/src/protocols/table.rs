//! One row for each protocol document: what names a message's type, how to tell who sends it, and where errors are listed.

use super::Speaker::{self, Client, Server};
use koine_testkit::value::Encoding::{self, Json, MessagePack};

/// How the document of a dialect is read.
#[derive(Debug)]
pub struct Row {
    /// The dialect, and the name of its document.
    pub dialect: &'static str,
    /// The field whose value is the type of a message.
    pub key: &'static str,
    /// How the document tells who sends a message.
    pub senders: Senders,
    /// The encodings in which every type must be shown.
    pub encodings: &'static [Encoding],
    /// The errors that it lists, each of which must be shown.
    pub errors: Errors,
}

/// Where a document and its notes list errors, and where a frame has them.
#[derive(Clone, Copy, Debug)]
pub struct Errors {
    /// Where the document lists them.
    pub listings: &'static [Listing],
    /// How the notes name them.
    pub notes: Notes,
    /// The way to an error's code in a frame, field by field.
    pub code: &'static [&'static str],
    /// Errors that koine never sends.
    pub never: &'static [Never],
}

impl Errors {
    /// A document without errors.
    pub const NONE: Self = Self { listings: &[], notes: Notes::Nothing, code: &[], never: &[] };
}

/// One way in which a document lists errors.
#[derive(Clone, Copy, Debug)]
pub enum Listing {
    /// The first column of the tables with this heading above it, for the message of the block of code above.
    Table(&'static str),
    /// The values of this field in the examples.
    Example(&'static str),
    /// The items of the lists below a line with these words, for the message of the block of code above.
    Items {
        /// Words of the line above the list.
        below: &'static str,
        /// What stands before the code.
        before: &'static str,
        /// What stands after it.
        after: &'static str,
    },
    /// A number on each of the lines that have these, whichever message carries it.
    Codes {
        /// What stands before the number.
        before: &'static str,
        /// What stands after it.
        after: &'static str,
    },
}

/// How notes name errors beyond those of the document.
#[derive(Clone, Copy, Debug)]
pub enum Notes {
    /// Not at all.
    Nothing,
    /// Every number from the first to the last of these is a code.
    Numbers(u32, u32),
    /// Every message type that ends so is an error of its own.
    Types(&'static str),
}

/// An error that koine never sends.
#[derive(Clone, Copy, Debug)]
pub struct Never {
    /// The message type that carries it; `None` where the document does not say.
    pub kind: Option<&'static str>,
    /// Its code.
    pub code: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// How a document tells who sends a message.
#[derive(Debug)]
pub enum Senders {
    /// The nearest line above that contains one of these.
    Cues(&'static [(&'static str, &'static [Speaker])]),
    /// Prose only: these types are the client's, these come from both, and all others are the server's.
    Types {
        /// Sent by clients alone.
        client: &'static [&'static str],
        /// Sent by both.
        both: &'static [&'static str],
    },
}

/// Dialects whose document is our own, written after their transcripts.
pub const WITHOUT_DOCUMENT: &[&str] = &["native"];

/// The documents. A row may stand here before its dialect does.
pub const ROWS: &[Row] = &[
    Row {
        dialect: "minioicq",
        key: "action",
        senders: Senders::Types {
            client: &[
                "auth.register",
                "auth.login",
                "auth.logout",
                "heartbeat",
                "message.send",
                "message.push.ack",
                "chat.create",
                "avatar.set",
                "user.get",
                "message.get",
            ],
            both: &["user.sync"],
        },
        encodings: &[Json, MessagePack],
        errors: Errors {
            listings: &[
                Listing::Example("reason"),
                Listing::Items { below: "`reason` can be", before: "- `", after: "`" },
            ],
            notes: Notes::Types(".fail"),
            code: &["reason"],
            never: &[],
        },
    },
    Row {
        dialect: "ourchat",
        key: "code",
        senders: Senders::Cues(&[
            ("Server <-> Client", &[Client, Server]),
            ("Server <- Client", &[Client]),
            ("Server<-Client", &[Client]),
            ("Server -> Client", &[Server]),
        ]),
        encodings: &[Json],
        errors: Errors {
            listings: &[Listing::Table("ReturnCode"), Listing::Table("Status")],
            notes: Notes::Nothing,
            code: &["status"],
            never: &[],
        },
    },
    Row {
        dialect: "type-payload",
        key: "type",
        senders: Senders::Types {
            client: &["REGISTER_REQUEST", "LOGIN_REQUEST", "GROUP_CREATE", "MESSAGE_HISTORY_REQUEST"],
            both: &[
                "FRIEND_REQUEST",
                "FRIEND_REQUEST_RESPONSE",
                "FRIEND_REMOVE",
                "GROUP_INVITE_RESPONSE",
                "GROUP_LEAVE",
                "GROUP_REMOVE",
                "GROUP_LEADER_CHANGE",
                "TEXT_MESSAGE",
                "MEDIA_MESSAGE",
                "MEDIA_MESSAGE_ACK",
                "MEDIA_MESSAGE_DATA",
                "MEDIA_MESSAGE_DATA_ACK",
                "MEDIA_MESSAGE_COMPLETE",
                "MEDIA_MESSAGE_COMPLETE_ACK",
                "USER_STATUS_UPDATE",
                "USER_LOGOUT",
            ],
        },
        encodings: &[Json],
        errors: Errors {
            listings: &[Listing::Table("Code"), Listing::Example("code")],
            notes: Notes::Numbers(1_001, 6_999),
            code: &["payload", "code"],
            never: &[],
        },
    },
    Row {
        dialect: "mode-token",
        key: "mode",
        senders: Senders::Cues(&[("### Запрос", &[Client]), ("### Ответ", &[Server])]),
        encodings: &[Json],
        errors: Errors {
            listings: &[Listing::Codes { before: "- **", after: "**" }],
            notes: Notes::Numbers(400, 599),
            code: &["status"],
            never: &[],
        },
    },
    Row {
        dialect: "technotrack",
        key: "action",
        senders: Senders::Cues(&[
            ("## Запросы от клиента", &[Client]),
            ("## Ответы сервера", &[Server]),
            ("## События", &[Server]),
        ]),
        encodings: &[Json],
        errors: Errors {
            listings: &[Listing::Codes { before: "= ", after: " //" }],
            notes: Notes::Nothing,
            code: &["data", "status"],
            never: &[],
        },
    },
];

/// The row of a dialect.
pub fn row(dialect: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.dialect == dialect)
}
