//! The limits that people come up against, each counted under a name of its own.

use crate::catalogue::LIMITS;
use crate::cell::Counter;
use std::sync::{Arc, LazyLock};

/// Makes the list of limits: what it is in the program, and its name on the page.
macro_rules! limits {
    ($($(#[$about:meta])* $limit:ident = $name:literal,)+) => {
        /// A limit. Its name is its key in the configuration, where it has one.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Limit {
            $($(#[$about])* $limit,)+
        }

        /// All of them, in the order of their declaration.
        const ALL: &[(Limit, &str)] = &[$((Limit::$limit, $name)),+];
    };
}

limits! {
    /// Connections in all.
    Connections = "connections",
    /// Connections from one address.
    ConnectionsPerAddress = "connections_per_address",
    /// The time for the handshakes of TLS and HTTP.
    Handshake = "handshake_seconds",
    /// The time for signing in.
    Login = "login_seconds",
    /// The time for a frame, or for the body of an upload.
    Frame = "frame_seconds",
    /// The time for which a peer may take nothing.
    WriteStall = "write_stall_seconds",
    /// The time for which a peer may answer nothing.
    Ping = "ping_seconds",
    /// The length of a frame.
    FrameBytes = "frame_bytes",
    /// The length of a stranger's frame.
    StrangerFrameBytes = "stranger_frame_bytes",
    /// How deep JSON is nested.
    JsonDepth = "json_depth",
    /// How deep MessagePack is nested.
    MessagePackDepth = "messagepack_depth",
    /// Bytes that wait for one peer.
    QueueBytes = "queue_bytes",
    /// Large frames of strangers at once.
    StrangerLargeFrames = "stranger_large_frames",
    /// What all large frames take that are coming in.
    LargeFrames = "large_frames_bytes",
    /// What attachments take that clients have not taken yet.
    OutgoingMedia = "outgoing_media_bytes",
    /// The pace of a connection.
    Requests = "requests_per_second",
    /// The pace of an account.
    AccountRequests = "account_requests_per_second",
    /// The pace of an account's messages.
    Posts = "posts_per_second",
    /// The pace of an address by HTTP.
    HttpRequests = "http_requests_per_second",
    /// The length of a text.
    TextBytes = "text_bytes",
    /// The size of an attachment in one piece.
    MediaBytes = "media_bytes",
    /// The size of an attachment in chunks.
    UploadBytes = "upload_bytes",
    /// The room of an account's media.
    MediaQuota = "media_quota_bytes",
    /// Uploads that an account has begun and not finished.
    UnfinishedUploads = "unfinished_uploads",
    /// The size of a picture.
    AvatarBytes = "avatar_bytes",
    /// Wrong passwords for an account.
    FailedLogins = "failed_logins",
    /// Wrong passwords from an address.
    FailedLoginsPerAddress = "failed_logins_per_address",
    /// New accounts from an address.
    Registrations = "registrations_per_address",
    /// Letters asked for from an address.
    MailsPerAddress = "mails_per_address",
    /// Letters to a mailbox.
    MailsPerRecipient = "mails_per_recipient",
    /// People in a group.
    GroupMembers = "group_members",
    /// Live tokens of an account.
    Tokens = "tokens_per_account",
    /// Passwords that wait for their check.
    PasswordsWaiting = "passwords.waiting",
    /// Those of one address.
    PasswordsWaitingPerAddress = "passwords.waiting_per_address",
}

/// Their numbers, in the same order; found once, so that counting takes no lock.
static NUMBERS: LazyLock<Vec<(Limit, Arc<Counter>)>> =
    LazyLock::new(|| ALL.iter().map(|(limit, name)| (*limit, LIMITS.of([name]))).collect());

impl Limit {
    /// Somebody was held up or turned away by it.
    pub fn hit(self) {
        if let Some((_, number)) = NUMBERS.iter().find(|(limit, _)| *limit == self) {
            number.count();
        }
    }

    /// The same, as what [`Result::map_err`] and its like pass on.
    pub fn met<T>(self, passed_on: T) -> T {
        self.hit();
        passed_on
    }
}

/// Has all of them on the page, also those that nobody has met yet.
pub(crate) fn list() {
    LazyLock::force(&NUMBERS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_a_name_and_a_number_of_its_own() {
        let names: BTreeSet<&str> = ALL.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.len(), ALL.len());
        for (limit, name) in ALL {
            let before = LIMITS.of([name]).value();
            assert_eq!(limit.met(7), 7);
            assert_eq!(LIMITS.of([name]).value(), before + 1, "{name}");
        }
        let page = crate::page();
        for name in names {
            assert!(page.contains(&format!("koine_limits_total{{limit=\"{name}\"}} ")), "{name}");
        }
    }
}
