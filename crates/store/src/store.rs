//! The trait. Its contract stands at the head of the crate.

use crate::nouns::{
    Account, Append, Appended, Change, ContactEdges, Departure, Membership, NewAccount, NewGroup, NewToken,
    Page, Requested, Standing, Verifier,
};
use crate::{Answer, Failure, Member};
use async_trait::async_trait;
use bytes::Bytes;
use koine_model::account::{AccountRef, Card, Profile};
use koine_model::conversation::Conversation;
use koine_model::media::{Blob, Media};
use koine_model::message::Message;
use koine_model::upload::Progress;
use koine_model::{AccountId, ConversationId, MediaId, Seq, Timestamp};

/// Where everything that was acknowledged lives.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // Accounts.

    /// Makes an account. `HandleTaken`, `NickTaken`, `EmailTaken`.
    async fn account_create(&self, new: NewAccount) -> Answer<Profile>;

    /// Looks an account up. Deleted accounts are found by id alone.
    ///
    /// [`AccountRef::Typed`] is tried as a number, then (when it has an `@`) as an e-mail address, then as a handle.
    async fn account_find(&self, who: &AccountRef) -> Answer<Option<Account>>;

    /// The profiles of `ids`, in their order, deleted ones too; unknown ids are left out.
    async fn account_profiles(&self, ids: &[AccountId]) -> Answer<Vec<Profile>>;

    /// How the account's password is checked; empty for one that cannot sign in.
    async fn account_verifiers(&self, id: AccountId) -> Answer<Vec<Verifier>>;

    /// Adds verifiers for forms that have none, and remembers that the account can answer requests if it can.
    ///
    /// `known` is what the password was checked against: `WrongSecret` when any of it is no longer the account's, since another
    /// password was set meanwhile. `UnknownAccount`.
    async fn account_signed_in(
        &self,
        id: AccountId,
        known: &[Verifier],
        added: Vec<Verifier>,
        answers_requests: bool,
    ) -> Answer<()>;

    /// Gives the account another password: these verifiers, and no other, check it from now on, and tokens from before are nobody's.
    /// `UnknownAccount`, also for one that was deleted.
    async fn account_change_password(&self, id: AccountId, verifiers: Vec<Verifier>) -> Answer<()>;

    /// Changes a profile. `HandleTaken`, `EmailTaken`, `UnknownAccount`.
    async fn account_change(&self, id: AccountId, change: Change) -> Answer<Profile>;

    /// For each card the account with its e-mail address (letter case ignored), else the one with its phone number, exactly.
    async fn account_match(&self, cards: &[Card]) -> Answer<Vec<Option<Profile>>>;

    /// Deletes an account: verifiers, tokens, contacts, requests, group memberships, personal fields. Its id, handle and messages stay.
    ///
    /// Tells what became of its groups. `UnknownAccount` when it is gone already.
    async fn account_delete(&self, id: AccountId, at: Timestamp) -> Answer<Vec<Departure>>;

    // Tokens.

    /// Remembers a token. `TooManyTokens` when the account has as many that live, `UnknownAccount`.
    async fn token_create(&self, new: NewToken) -> Answer<()>;

    /// Whose live token of `device` this is; `None` when it is nobody's, was revoked or has expired at the moment `at`.
    ///
    /// It lives until `until` from now on, or up to an hour less: whoever asks often causes no change each time.
    async fn token_use(
        &self,
        hash: [u8; 32],
        device: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Answer<Option<AccountId>>;

    /// Forgets a token of `account`. Tells whether it was there.
    async fn token_revoke(&self, account: AccountId, hash: [u8; 32]) -> Answer<bool>;

    // Contacts.

    /// Makes the edge from `owner` to `peer`, and asks `peer` for theirs.
    ///
    /// Completed at once when `peer` has `owner`, has asked `owner`, or `accepted` says that `peer` cannot answer.
    /// `Already`, `Yourself`, `UnknownAccount`.
    async fn contact_add(
        &self,
        owner: AccountId,
        peer: AccountId,
        accepted: bool,
        at: Timestamp,
    ) -> Answer<Requested>;

    /// Asks `peer` to be friends with `asker`. Completes as [`Store::contact_add`] does, and at once for friends.
    /// Asking twice is one request. `Yourself`, `UnknownAccount`.
    async fn contact_request(
        &self,
        asker: AccountId,
        peer: AccountId,
        accepted: bool,
        at: Timestamp,
    ) -> Answer<Requested>;

    /// Accepts or declines what `asker` asked. `NotThere` when nothing was asked.
    async fn contact_answer(
        &self,
        owner: AccountId,
        asker: AccountId,
        accept: bool,
        at: Timestamp,
    ) -> Answer<()>;

    /// Takes away the edge from `owner` to `peer` and what `owner` asked of `peer`, and the other way too where `both`.
    /// `NotThere` when there was nothing to take away.
    async fn contact_remove(&self, owner: AccountId, peer: AccountId, both: bool) -> Answer<()>;

    /// Everyone whom `owner` has, and who waits for `owner`'s answer.
    async fn contact_list(&self, owner: AccountId) -> Answer<ContactEdges>;

    /// Everyone who has `peer` as a contact.
    async fn contact_holders(&self, peer: AccountId) -> Answer<Vec<AccountId>>;

    // Conversations.

    /// The direct conversation of the two (or of one with itself), which is made when it is not there.
    /// Tells whether it was made. Where `opener` had cleared it, it is on their list again. `UnknownAccount`, also for a deleted peer.
    async fn direct_open(
        &self,
        opener: AccountId,
        peer: AccountId,
        at: Timestamp,
    ) -> Answer<(Conversation, bool)>;

    /// The direct conversation of the two (or of one with itself), if there is one.
    async fn direct_find(&self, account: AccountId, peer: AccountId) -> Answer<Option<ConversationId>>;

    /// Makes a group. `TooLarge`, `UnknownAccount`, `NotFriends`.
    async fn group_create(&self, new: NewGroup) -> Answer<Conversation>;

    /// Proof that `account` is a member of `conversation` now; `None` if not (an invited account is not).
    async fn member_find(&self, conversation: ConversationId, account: AccountId) -> Answer<Option<Member>>;

    /// A conversation, whoever asks.
    async fn conversation_find(&self, id: ConversationId) -> Answer<Option<Conversation>>;

    /// All that `account` is a member of, by id, without what they cleared and nothing was said in since.
    async fn membership_list(&self, account: AccountId) -> Answer<Vec<Membership>>;

    /// The first `limit` members in the order in which they came, and how many there are.
    async fn member_list(&self, conversation: ConversationId, limit: usize) -> Answer<(Vec<AccountId>, u32)>;

    /// The groups to which `account` is invited, oldest invitation first.
    async fn invitation_list(&self, account: AccountId) -> Answer<Vec<Conversation>>;

    /// `by`, who must be a member, puts `who` into a group, or invites them. No more than `most` are in it then, members and
    /// invited, however many are added at once: who is invited has a place.
    /// `UnknownConversation`, `Already` (for an invitation: also when invited), `UnknownAccount`, `TooLarge`.
    async fn member_add(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
        invite: bool,
        most: usize,
        at: Timestamp,
    ) -> Answer<Conversation>;

    /// Accepts or declines an invitation. `NotThere`.
    async fn invitation_answer(
        &self,
        conversation: ConversationId,
        account: AccountId,
        accept: bool,
        at: Timestamp,
    ) -> Answer<Conversation>;

    /// Leaves a group. A leader who goes is followed by the longest-standing member. `UnknownConversation` (also for a direct one).
    async fn member_leave(&self, conversation: ConversationId, account: AccountId) -> Answer<Departure>;

    /// `by`, who must lead, takes `who` out, member or invited. `UnknownConversation`, `NotLeader`, `NotThere`, `Yourself`.
    async fn member_expel(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
    ) -> Answer<Conversation>;

    /// `by`, who must lead, lets the member `who` lead. `UnknownConversation`, `NotLeader`, `NotThere`.
    async fn group_promote(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
    ) -> Answer<Conversation>;

    /// `by`, who must lead, gives the group another name. `UnknownConversation`, `NotLeader`.
    async fn group_rename(
        &self,
        conversation: ConversationId,
        by: AccountId,
        name: String,
    ) -> Answer<Conversation>;

    /// `by`, who must lead, removes the group. Tells what it was. `UnknownConversation`, `NotLeader`.
    async fn group_dissolve(&self, conversation: ConversationId, by: AccountId) -> Answer<Conversation>;

    /// Takes a conversation off the list of `account`, who sees only what is said in it from now on. `UnknownConversation`.
    async fn conversation_clear(&self, conversation: ConversationId, account: AccountId) -> Answer<()>;

    // Messages.

    /// Appends a message at the next place of its conversation.
    ///
    /// A key that the sender used before is answered with the first post when the parts are the same (media are compared by
    /// their bytes, MIME type and name) and the conversation is, and refused with `KeyReused` when not.
    /// `UnknownConversation` unless the sender is a member; `UnknownAccount` for a peer who is not there or deleted.
    /// Media in `parts` can be found by their id from now on.
    async fn message_append(&self, append: Append) -> Answer<Appended>;

    /// One page of what `member` may see, oldest first.
    async fn message_page(&self, member: &Member, page: Page) -> Answer<Vec<Message>>;

    // Delivery.

    /// How far `device` has come in each conversation that `account` is a member of, by id.
    async fn watermark_list(&self, account: AccountId, device: &str) -> Answer<Vec<Standing>>;

    /// Records that everything up to these places has arrived; an earlier place than is recorded changes nothing,
    /// and neither does a conversation that `account` is no member of.
    ///
    /// Never waits, and [`Store::watermark_list`] of the same process sees it at once. What was not yet written when the server dies is forgotten: messages then arrive once more.
    fn watermark_advance(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]);

    // Media.

    /// Puts bytes away, once for equal bytes. Answered when they are on disk.
    async fn blob_write(&self, bytes: Bytes) -> Answer<Blob>;

    /// The bytes again; `None` when there are none.
    async fn blob_read(&self, blob: &Blob) -> Answer<Option<Bytes>>;

    /// At most `length` bytes of a blob, from `offset` on; `None` when there is no such blob.
    async fn blob_read_range(&self, blob: &Blob, offset: u64, length: usize) -> Answer<Option<Bytes>>;

    // Uploads: media that come in chunks, each under a name of its account's own.

    /// Begins an upload, or tells how far it has come. One of another size is begun anew.
    async fn upload_begin(&self, account: AccountId, key: &str, size: u64) -> Answer<Progress>;

    /// Adds chunk `index` (from 1) of `total`; one that is there changes nothing. It need not be on disk yet, but what an
    /// upload has of it after a crash is either all of it or nothing.
    /// `NotThere` before [`Store::upload_begin`], `Unusable` for a chunk out of turn, `TooLarge` beyond the size.
    async fn upload_append(
        &self,
        account: AccountId,
        key: &str,
        index: u32,
        total: u32,
        bytes: Bytes,
    ) -> Answer<Progress>;

    /// Makes a blob of an upload, which is gone by that. Answered when the blob is on disk. `NotThere`, `Unusable` when chunks are missing.
    async fn upload_finish(&self, account: AccountId, key: &str) -> Answer<Blob>;

    /// Forgets an upload, if there is one. Those that nobody goes on with are forgotten after some days.
    async fn upload_drop(&self, account: AccountId, key: &str) -> Answer<()>;

    /// The attachment that was posted under `id`.
    async fn media_find(&self, id: MediaId) -> Answer<Option<Media>>;

    // The store itself.

    /// Whether changes can be made: goes the way of every change, to the disk and back.
    async fn check(&self) -> Result<(), Failure>;

    /// Finishes what was begun, watermarks too, and lets go of the data. Afterwards every change fails.
    async fn close(&self);
}
