//! `[limits]`: what one peer may take of the server's memory, sockets and patience.

use super::units::{Count, GIB, KIB, MIB, Seconds, Size, TIB};
use serde::{Deserialize, Serialize};

/// The limits that stand between the server and what its peers send.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Limits {
    /// The longest frame that is accepted.
    pub(crate) frame_bytes: Size<KIB, GIB>,
    /// The longest frame of somebody who has not signed in.
    pub(crate) stranger_frame_bytes: Size<KIB, GIB>,
    /// How deep JSON may be nested: no dialect needs more than the least, and the most is what the readers bear.
    pub(crate) json_depth: Count<8, 127>,
    /// How deep MessagePack may be nested.
    pub(crate) messagepack_depth: Count<8, 127>,
    /// The longest text of a message.
    pub(crate) text_bytes: Size<1, GIB>,
    /// The largest attachment.
    pub(crate) media_bytes: Size<1, GIB>,
    /// The largest attachment that comes in chunks.
    pub(crate) upload_bytes: Size<1, { 2 * GIB }>,
    /// All media of an account, taken together.
    pub(crate) media_quota_bytes: Size<0, { 1024 * TIB }>,
    /// The largest picture of an account.
    pub(crate) avatar_bytes: Size<1, GIB>,
    /// What may wait for one peer to read it.
    pub(crate) queue_bytes: Size<{ 4 * KIB }, GIB>,
    /// How long TLS, HTTP and WebSocket may take to greet.
    pub(crate) handshake_seconds: Seconds,
    /// How long a connection may stand without anybody signing in.
    pub(crate) login_seconds: Seconds,
    /// How long a frame that has begun may take to arrive.
    pub(crate) frame_seconds: Seconds,
    /// How long a peer may take nothing of what waits for it.
    pub(crate) write_stall_seconds: Seconds,
    /// How often an idle peer is asked whether it is there.
    pub(crate) ping_seconds: Seconds,
    /// How many connections there may be.
    pub(crate) connections: Count<1, 10_000_000>,
    /// How many of them may come from one address.
    pub(crate) connections_per_address: Count<1, 10_000_000>,
    /// How many large frames of strangers may come in at once.
    pub(crate) stranger_large_frames: Count<1, 10_000>,
    /// What all large frames together may take that are coming in.
    pub(crate) large_frames_bytes: Size<MIB, TIB>,
    /// What all attachments together may take that clients have not taken yet.
    pub(crate) outgoing_media_bytes: Size<MIB, TIB>,
    /// How many frames a second one connection may send.
    pub(crate) requests_per_second: Count<0, 1_000_000>,
    /// How many of them at once.
    pub(crate) request_burst: Count<1, 1_000_000>,
    /// How many frames a second one account may send over all of its connections.
    pub(crate) account_requests_per_second: Count<0, 1_000_000>,
    /// How many of them at once.
    pub(crate) account_request_burst: Count<1, 1_000_000>,
    /// How many HTTP requests a second one address may send.
    pub(crate) http_requests_per_second: Count<0, 1_000_000>,
    /// How many of them at once.
    pub(crate) http_request_burst: Count<1, 1_000_000>,
    /// How many messages a second one account may send.
    pub(crate) posts_per_second: Count<0, 1_000_000>,
    /// How many of them at once.
    pub(crate) post_burst: Count<1, 1_000_000>,
    /// How many wrong passwords are free, for one account from one address.
    pub(crate) failed_logins: Count<0, 1_000_000>,
    /// How many wrong passwords are free, from one address.
    pub(crate) failed_logins_per_address: Count<0, 1_000_000>,
    /// The longest that one must wait after a wrong password.
    pub(crate) login_delay_seconds: Seconds,
    /// How many accounts may be made from one address in an hour.
    pub(crate) registrations_per_address: Count<0, 1_000_000>,
    /// How many letters may be asked for from one address in an hour.
    pub(crate) mails_per_address: Count<0, 1_000_000>,
    /// How many letters of a kind may go to one mailbox in an hour.
    pub(crate) mails_per_recipient: Count<0, 1_000_000>,
    /// How many people a group may have.
    pub(crate) group_members: Count<2, 10_000_000>,
    /// How many live tokens an account may have.
    pub(crate) tokens_per_account: Count<1, 10_000>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: Size::of(20 * MIB),
            stranger_frame_bytes: Size::of(64 * KIB),
            json_depth: Count::of(127),
            messagepack_depth: Count::of(32),
            text_bytes: Size::of(64 * KIB),
            media_bytes: Size::of(12 * MIB),
            upload_bytes: Size::of(GIB),
            media_quota_bytes: Size::of(5 * GIB),
            avatar_bytes: Size::of(4 * MIB),
            queue_bytes: Size::of(MIB),
            handshake_seconds: Seconds::of(10),
            login_seconds: Seconds::of(120),
            frame_seconds: Seconds::of(60),
            write_stall_seconds: Seconds::of(60),
            ping_seconds: Seconds::of(60),
            connections: Count::of(20_000),
            connections_per_address: Count::of(1_000),
            stranger_large_frames: Count::of(8),
            large_frames_bytes: Size::of(128 * MIB),
            outgoing_media_bytes: Size::of(256 * MIB),
            requests_per_second: Count::of(100),
            request_burst: Count::of(400),
            account_requests_per_second: Count::of(400),
            account_request_burst: Count::of(1_600),
            http_requests_per_second: Count::of(50),
            http_request_burst: Count::of(400),
            posts_per_second: Count::of(10),
            post_burst: Count::of(100),
            failed_logins: Count::of(5),
            failed_logins_per_address: Count::of(50),
            login_delay_seconds: Seconds::of(900),
            registrations_per_address: Count::of(30),
            mails_per_address: Count::of(20),
            mails_per_recipient: Count::of(6),
            group_members: Count::of(100_000),
            tokens_per_account: Count::of(5),
        }
    }
}
