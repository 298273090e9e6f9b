//! One row for each protocol document: what names a message's type, and how to tell who sends it.

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
    },
    Row {
        dialect: "mode-token",
        key: "mode",
        senders: Senders::Cues(&[("### Запрос", &[Client]), ("### Ответ", &[Server])]),
        encodings: &[Json],
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
    },
];

/// The row of a dialect.
pub fn row(dialect: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.dialect == dialect)
}
