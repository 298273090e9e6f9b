//! The trait. Its contract stands at the head of the crate.

use crate::nouns::{
    Account, Amend, Append, Appended, Caught, Change, ContactEdges, Departure, Found, Membership, Missed,
    NewAccount, NewGroup, NewUpload, Page, Quota, Requested, Standing, Verifier, Wanted,
};
use crate::sessions::{NewPassword, NewToken, TokenOwner, TokenRecord};
use crate::shelves::{Marks, MemberRecord, ShelfRecord};
use crate::{Answer, Failure, Keeping, Member, OperatorStore};
use async_trait::async_trait;
use bytes::Bytes;
use koine_model::account::{AccountRef, Card, Profile};
use koine_model::conversation::Conversation;
use koine_model::media::{Blob, Media};
use koine_model::message::{Message, Version};
use koine_model::session::SessionId;
use koine_model::upload::Progress;
use koine_model::{AccountId, ConversationId, Epoch, MediaId, Place, Seq, Timestamp};

/// Where everything that was acknowledged lives.
#[async_trait]
pub trait Store: OperatorStore + Keeping + Send + Sync + 'static {
    // Accounts.

    /// Makes an account, and counts a use of its invitation with it. `HandleTaken`, `NickTaken`, `EmailTaken`; `BadInvitation`
    /// where that is unknown, used up or out of date.
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
    /// password was set meanwhile. `UnknownAccount`, `Disabled`.
    async fn account_signed_in(
        &self,
        id: AccountId,
        known: &[Verifier],
        added: Vec<Verifier>,
        answers_requests: bool,
    ) -> Answer<()>;

    /// Gives an account another password: its verifiers, and no other, check it from now on, and tokens from before are nobody's,
    /// but for the one that it keeps. `UnknownAccount`, also for one that was deleted; `WrongSecret`.
    async fn account_change_password(&self, new: NewPassword) -> Answer<()>;

    /// Changes a profile. `HandleTaken`, `EmailTaken`, `UnknownAccount`.
    async fn account_change(&self, id: AccountId, change: Change) -> Answer<Profile>;

    /// For each card the account with its e-mail address (letter case ignored), else the one with its phone number, exactly.
    async fn account_match(&self, cards: &[Card]) -> Answer<Vec<Option<Profile>>>;

    /// Deletes an account: verifiers, tokens, contacts, requests, blocks, group memberships, personal fields. Its id, handle and messages stay.
    ///
    /// Tells what became of its groups. `UnknownAccount` when it is gone already.
    async fn account_delete(&self, id: AccountId, at: Timestamp) -> Answer<Vec<Departure>>;

    // Tokens.

    /// Remembers a token, and tells which session it stands for: a number that no other token ever gets.
    /// `TooManyTokens` when the account has as many that live on the device, `UnknownAccount`, `Disabled`.
    async fn token_create(&self, new: NewToken) -> Answer<SessionId>;

    /// Whose live token of `device` this is; `None` when it is nobody's, was revoked or has expired at the moment `at`.
    ///
    /// It lives until `until` from now on, or up to an hour less: whoever asks often causes no change each time.
    async fn token_use(
        &self,
        hash: [u8; 32],
        device: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Answer<Option<TokenOwner>>;

    /// Forgets a token of `account`. Tells for which session it stood, where it was there.
    async fn token_revoke(&self, account: AccountId, hash: [u8; 32]) -> Answer<Option<SessionId>>;

    /// The tokens of `account` that live at the moment `at`, oldest first.
    async fn token_list(&self, account: AccountId, at: Timestamp) -> Answer<Vec<TokenRecord>>;

    /// Forgets the token of `account` that stands for this session. Tells whether it was there.
    async fn token_end(&self, account: AccountId, session: SessionId) -> Answer<bool>;

    // Contacts.

    /// Makes the edge from `owner` to `peer`, and asks `peer` for theirs.
    ///
    /// Completed at once when `peer` has `owner`, has asked `owner`, or `accepted` says that `peer` cannot answer.
    /// `Already`, `Yourself`, `UnknownAccount`, `Blocked` where one has blocked the other.
    async fn contact_add(
        &self,
        owner: AccountId,
        peer: AccountId,
        accepted: bool,
        at: Timestamp,
    ) -> Answer<Requested>;

    /// Asks `peer` to be friends with `asker`. Completes as [`Store::contact_add`] does, and at once for friends.
    /// Asking twice is one request. `Yourself`, `UnknownAccount`, `Blocked` where one has blocked the other.
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
    /// Tells whether they were friends until now. `NotThere` when there was nothing to take away.
    async fn contact_remove(&self, owner: AccountId, peer: AccountId, both: bool) -> Answer<bool>;

    /// Has `owner` block `peer`: edges and requests between the two go. Once more changes nothing.
    /// Tells whether they were friends until now. `Yourself`, `UnknownAccount`.
    async fn contact_block(&self, owner: AccountId, peer: AccountId, at: Timestamp) -> Answer<bool>;

    /// Takes a block back, and no more than that. `NotThere`.
    async fn contact_unblock(&self, owner: AccountId, peer: AccountId) -> Answer<()>;

    /// Everyone whom `owner` has, who waits for `owner`'s answer, whose answer `owner` waits for, and whom `owner` has blocked.
    async fn contact_list(&self, owner: AccountId) -> Answer<ContactEdges>;

    /// Everyone who has `peer` as a contact.
    async fn contact_holders(&self, peer: AccountId) -> Answer<Vec<AccountId>>;

    // Conversations.

    /// The direct conversation of the two (or of one with itself), which is made when it is not there.
    /// Tells whether it was made. Where `opener` had cleared it, it is on their list again. `UnknownAccount`, also for a deleted peer;
    /// `Blocked` where it would be made and one has blocked the other.
    async fn direct_open(
        &self,
        opener: AccountId,
        peer: AccountId,
        at: Timestamp,
    ) -> Answer<(Conversation, bool)>;

    /// The direct conversation of the two (or of one with itself), if there is one.
    async fn direct_find(&self, account: AccountId, peer: AccountId) -> Answer<Option<ConversationId>>;

    /// Makes a group. `TooLarge`, `UnknownAccount`, `NotFriends`, `Blocked` where one of its members has blocked the leader.
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
    /// `UnknownConversation`, `Already` (for an invitation: also when invited), `UnknownAccount`, `Blocked` where `who` has blocked `by`,
    /// `TooLarge`.
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

    /// `by`, who must lead, gives the group another picture, or none. `UnknownConversation`, `NotLeader`.
    async fn group_picture(
        &self,
        conversation: ConversationId,
        by: AccountId,
        picture: Option<Blob>,
    ) -> Answer<Conversation>;

    /// `by`, who must lead, removes the group. Tells what it was. `UnknownConversation`, `NotLeader`.
    async fn group_dissolve(&self, conversation: ConversationId, by: AccountId) -> Answer<Conversation>;

    /// Takes a conversation off the list of `account`, who sees only what is said in it from now on. Tells whether they want to be
    /// told in words of what is done to messages. `UnknownConversation`.
    async fn conversation_clear(&self, conversation: ConversationId, account: AccountId) -> Answer<bool>;

    /// Remembers whether `account` wants to be told in words of what is done to messages. `UnknownConversation`.
    async fn member_words(&self, conversation: ConversationId, account: AccountId, on: bool) -> Answer<()>;

    // Messages.

    /// Appends a message at the next place of its conversation.
    ///
    /// A key that the sender used before is answered with the first post when the parts are the same (media are compared by
    /// their bytes, MIME type and name) and the conversation is, and refused with `KeyReused` when not; what was done to the
    /// first post since makes no difference. `UnknownMessage` where a reply's target is none that the sender may see.
    /// `UnknownConversation` unless the sender is a member; `UnknownAccount` for a peer who is not there or deleted;
    /// `Blocked` in a direct conversation where one has blocked the other.
    /// Media in `parts` can be found by their id from now on.
    async fn message_append(&self, append: Append) -> Answer<Appended>;

    /// Whether [`Store::message_append`] would refuse this now, and how. Nothing changes: for whoever has to prepare an append at some cost.
    async fn message_check(&self, append: Append) -> Answer<()>;

    /// Does something to an earlier message, and appends the act at the next place of the conversation.
    ///
    /// An edit replaces the text and leaves what is attached, and keeps the earlier wordings. A deletion leaves
    /// [`Part::Removed`](koine_model::message::Part::Removed) alone: the wordings are gone, also from the acts that brought them,
    /// the reactions are, and its media are found no more. Keys are as with [`Store::message_append`].
    /// `UnknownConversation`; `UnknownMessage` for what the actor may not see, is no message or was deleted; `NotAuthor` (a group's
    /// leader may delete); `Blocked` for all but deletions, as with [`Store::message_append`]; `Already` and `NotThere` for reactions; `TooLarge` for too many of them.
    async fn message_amend(&self, amend: Amend) -> Answer<Appended>;

    /// One page of what `member` may see, acts too, oldest first; messages as they are now.
    async fn message_page(&self, member: &Member, page: Page) -> Answer<Vec<Message>>;

    /// The next `limit` entries, acts too, of what `account` has missed: the oldest of all conversations first, by moment and within a
    /// conversation by number. `ahead` entries of all conversations together may be read ahead, and one of each.
    async fn message_missed(
        &self,
        account: AccountId,
        missed: Vec<Missed>,
        limit: usize,
        ahead: usize,
    ) -> Answer<Caught>;

    /// One page as [`Store::message_page`] has it, without acts.
    async fn message_leaf(&self, member: &Member, page: Page) -> Answer<Vec<Message>>;

    /// The entries at these places, whoever asks, in their order and without those that are not there.
    async fn message_find(&self, places: &[Place]) -> Answer<Vec<Message>>;

    /// The latest wordings of a message, oldest first; the present one is the last. `UnknownMessage` as in [`Store::message_amend`].
    async fn message_versions(&self, member: &Member, seq: Seq) -> Answer<Vec<Version>>;
    /// The newest messages that have all terms of a query, in what the account may see: present wordings, never removed ones.
    ///
    /// Newest first by their moments; should the clock have been set back, messages of that hour may come out of turn, but
    /// pages that follow each other have each hit once.
    /// Everything that was answered before is looked through. `UnknownConversation`; `Busy` when so much was said since the last
    /// search that it cannot be looked through at once (asking again goes on where this ended), when too many search, and when
    /// there is so much to look through that it takes too long.
    async fn message_search(&self, wanted: Wanted) -> Answer<Found>;

    // Delivery.

    /// How often anything was changed so far, by a number that only grows while the store is open.
    ///
    /// It grows before whoever has made the change is answered, and what is read behind asking for it has every change in it that it counts. So
    /// where it is the same before something is read and when somebody has begun to listen to what others are told of, nothing was changed
    /// between the two of which they are not told.
    fn changes(&self) -> u64;

    /// How far `device` has come in each conversation that `account` is a member of, by id.
    async fn watermark_list(&self, account: AccountId, device: &str) -> Answer<Vec<Standing>>;

    /// Records that everything up to these places has arrived; an earlier place than is recorded changes nothing,
    /// and neither does a conversation that `account` is no member of.
    ///
    /// Never waits, and [`Store::watermark_list`] of the same process sees it at once. What was not yet written when the server dies is forgotten: messages then arrive once more.
    fn watermark_advance(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]);

    // Marks: how far people have come.

    /// Records that `account` has read everything up to `until`, and tells whether it had not before; an earlier place changes nothing.
    /// Marks are shared among at most `most` members. `UnknownConversation` unless a member, `UnknownMessage` beyond the last entry.
    async fn read_advance(&self, account: AccountId, until: Place, most: u32) -> Answer<(bool, Marks)>;

    /// How far these accounts have come in these conversations, in their order; `None` for who is no member.
    /// Marks are shared among at most `most` members.
    async fn mark_list(&self, of: &[(ConversationId, AccountId)], most: u32) -> Answer<Vec<Option<Marks>>>;

    /// The conversations of `account`, by id, as they stand on its list, without what it cleared and nothing was said in since: those of
    /// `only` that it is a member of, or all. Marks are shared among at most `most` members.
    async fn shelf_list(
        &self,
        account: AccountId,
        only: Option<Vec<ConversationId>>,
        most: u32,
    ) -> Answer<Vec<ShelfRecord>>;

    /// One conversation of `account`, and its first `limit` members in the order in which they came; `None` unless a member.
    /// Marks are shared among at most `most` members.
    async fn shelf_find(
        &self,
        conversation: ConversationId,
        account: AccountId,
        limit: usize,
        most: u32,
    ) -> Answer<Option<(ShelfRecord, Vec<MemberRecord>)>>;

    // Media.

    /// Puts bytes away, once for equal bytes. Answered when they are on disk.
    async fn blob_write(&self, bytes: Bytes) -> Answer<Blob>;

    /// The bytes again; `None` when there are none.
    async fn blob_read(&self, blob: &Blob) -> Answer<Option<Bytes>>;

    /// At most `length` bytes of a blob, from `offset` on; `None` when there is no such blob.
    async fn blob_read_range(&self, blob: &Blob, offset: u64, length: usize) -> Answer<Option<Bytes>>;

    // Uploads: media that come in chunks, each under a name of its account's own.

    /// Begins an upload, or tells how far it has come. One of another size is begun anew.
    /// `Busy` when the account has begun more than `quota` and not finished it, `Quota` when there is no room for it.
    async fn upload_begin(&self, account: AccountId, key: &str, size: u64, quota: Quota) -> Answer<Progress>;

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

    /// How many bytes the uploads of an account will be that are not finished. Known at once.
    fn upload_bytes(&self, account: AccountId) -> u64;

    /// How many bytes one of them will be.
    async fn upload_size(&self, account: AccountId, key: &str) -> Answer<Option<u64>>;

    /// Makes a blob of an upload, which is gone by that. Answered when the blob is on disk. `NotThere`, `Unusable` when chunks are missing.
    async fn upload_finish(&self, account: AccountId, key: &str) -> Answer<Blob>;

    /// Forgets an upload, if there is one. Those that nobody goes on with are forgotten after some days.
    async fn upload_drop(&self, account: AccountId, key: &str) -> Answer<()>;

    // Uploads that grow byte by byte, and are named by a message or a picture later.

    /// Begins an upload, or goes on with one of the same size; tells how many bytes of it are there. `Busy` and `Quota` as for [`Store::upload_begin`].
    async fn upload_open(&self, account: AccountId, key: &str, new: NewUpload, quota: Quota) -> Answer<u64>;

    /// How many bytes of an upload are there, and what it will be.
    async fn upload_look(&self, account: AccountId, key: &str) -> Answer<Option<(u64, NewUpload)>>;

    /// Adds bytes, which must begin at `offset`, where the upload ends. Tells how many are there and will be. What was answered stays
    /// when the process ends; after a power cut, an upload may have come less far.
    /// `NotThere`, `Unusable` when it ends elsewhere, `TooLarge` beyond the size.
    async fn upload_extend(
        &self,
        account: AccountId,
        key: &str,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<(u64, u64)>;

    /// The blob that [`Store::upload_take`] would make of an upload, which stays what it is and counts on. Refuses as that does.
    async fn upload_weigh(&self, account: AccountId, key: &str) -> Answer<(Blob, NewUpload)>;

    /// The blob of an upload that is whole, and what was said of it. Answered when it is on disk.
    ///
    /// From then on the upload takes no bytes and counts for no quota; for some days it is still known what it has become,
    /// so that asking again is answered alike. `NotThere`, `Unusable` when bytes are missing.
    async fn upload_take(&self, account: AccountId, key: &str) -> Answer<(Blob, NewUpload)>;

    /// How many bytes an account has on the disk: attachments of messages that are there, each counted where it was first posted; its
    /// picture, and those that it has given to groups; and its leftovers.
    async fn media_kept(&self, account: AccountId) -> Answer<u64>;

    /// The attachment that was posted under `id`.
    async fn media_find(&self, id: MediaId) -> Answer<Option<Media>>;

    // The store itself.

    /// In which epoch numbers of conversations and places are given out, known since the data were opened. It is random, never
    /// [`Epoch::NONE`], and stays until the data are brought back from a backup, or saved from a damage: from then on there is another.
    fn epoch(&self) -> Epoch;

    /// Whether changes can be made: goes the way of every change, to the disk and back.
    async fn check(&self) -> Result<(), Failure>;

    /// Finishes what was begun, watermarks too, and lets go of the data. Afterwards every change fails.
    async fn close(&self);
}
