//! What goes into a store and comes out of it, beside the model's own nouns.

use koine_model::account::{Handle, Profile};
use koine_model::conversation::{Conversation, ConversationRef};
use koine_model::media::Blob;
use koine_model::message::{Act, Part};
use koine_model::secret::Form;
use koine_model::{AccountId, ConversationId, Place, Seq, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;

/// One way to check a password: an Argon2id hash over one form of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    /// Which form the hash is over.
    pub form: Form,
    /// The hash in PHC string form.
    pub hash: String,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({:?})", self.form)
    }
}

/// An account, with what only the server knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As others see it.
    pub profile: Profile,
    /// Whether it was ever used where a request for friendship can be answered.
    pub answers_requests: bool,
    /// Whether an operator keeps its owner out.
    pub disabled: bool,
}

/// Which handle a new account is to have.
#[derive(Clone, Debug)]
pub enum WantedHandle {
    /// This one. One that looks like an id is refused as taken.
    Exactly(Handle),
    /// The first of [`crate::handle_candidates`] that is free.
    FromNick,
}

/// An account to be made. Its id is the smallest that was never given out.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its unique name.
    pub handle: WantedHandle,
    /// The name that is shown.
    pub nick: String,
    /// Whether somebody else's having the nick (letter case ignored, the deleted not counted) is a refusal.
    pub nick_is_unique: bool,
    /// E-mail address, or nothing. Unique, letter case ignored.
    pub email: String,
    /// Phone number, or nothing.
    pub phone: String,
    /// How its password is checked.
    pub verifiers: Vec<Verifier>,
    /// SHA-256 over the code of the invitation that it uses, if it needs one.
    pub invitation: Option<[u8; 32]>,
    /// Now.
    pub at: Timestamp,
}

/// What changes about an account; `None` keeps what is there, an empty text takes it away.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The unique name.
    pub handle: Option<Handle>,
    /// The name that is shown.
    pub nick: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// The status line.
    pub status: Option<String>,
    /// The picture; `Some(None)` takes it away.
    pub avatar: Option<Option<Blob>>,
}

/// What became of a request for friendship.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requested {
    /// It waits for the other's answer.
    Waits,
    /// The two have each other now.
    Completed,
}

/// One account that another has as a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The other.
    pub peer: AccountId,
    /// Whether the other has the account too.
    pub mutual: bool,
}

/// All edges, open requests and blocks of one account, each oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactEdges {
    /// Whom it has.
    pub edges: Vec<Edge>,
    /// Who waits for its answer.
    pub requests: Vec<AccountId>,
    /// Whose answer it waits for.
    pub asked: Vec<AccountId>,
    /// Whom it has blocked.
    pub blocked: Vec<AccountId>,
}

/// A group to be made.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Who makes it: a member, and its leader.
    pub leader: AccountId,
    /// Its name.
    pub name: String,
    /// Who else is in it, each once, without the leader.
    pub members: Vec<AccountId>,
    /// Whether they are only invited. All must be friends of the leader then, else `NotFriends`.
    pub invite: bool,
    /// Those of the invited who are members at once: their invitations are accepted for them.
    pub accepted: HashSet<AccountId>,
    /// How many may be in it, members and invited: `TooLarge` beyond it.
    pub most: usize,
    /// Now.
    pub at: Timestamp,
}

/// Somebody's place in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The conversation.
    pub conversation: Conversation,
    /// The last message from before they came, or from before they cleared it.
    pub since: Seq,
    /// The last message that there is.
    pub last: Seq,
}

/// What a leave-taking did to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The group, as it was before.
    pub conversation: Conversation,
    /// Who leads from now on, where that changed.
    pub new_leader: Option<AccountId>,
    /// Whether the last member went, and the group and its messages with them.
    pub dissolved: bool,
}

/// A message to be appended.
#[derive(Clone, Debug)]
pub struct Append {
    /// Who says it.
    pub sender: AccountId,
    /// Where. [`ConversationRef::With`] opens the direct conversation when it is not there.
    pub to: ConversationRef,
    /// What. Whoever has it appended tells of it afterwards, and needs no copy for that.
    pub parts: Arc<Vec<Part>>,
    /// The client's own name for it, unique for the sender.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// A message that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where.
    pub place: Place,
    /// When it was taken: for a repeated key, the first time.
    pub at: Timestamp,
    /// Whether this call appended it; `false` when the key was known already.
    pub fresh: bool,
    /// The conversation.
    pub conversation: Conversation,
    /// The accounts of a direct conversation, lower id first (one, when somebody talks to themselves); empty for a group.
    pub pair: Vec<AccountId>,
}

/// Something to be done to an earlier message.
#[derive(Clone, Debug)]
pub struct Amend {
    /// Who does it.
    pub actor: AccountId,
    /// Where.
    pub conversation: ConversationId,
    /// What to which message.
    pub act: Act,
    /// The client's own name for it, unique for the actor, among messages too.
    pub key: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// How much history to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Out of which span.
    pub span: koine_model::message::Span,
    /// From which end.
    pub order: koine_model::message::Order,
    /// How many messages at most.
    pub limit: usize,
}

/// What an account has not got of one conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missed {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last entry that it has got, or that was read ahead.
    pub after: Seq,
    /// The last entry that it is to get.
    pub until: Seq,
    /// What was read ahead, oldest first. Empty at first, and then where nothing is left.
    pub ahead: std::collections::VecDeque<koine_model::message::Message>,
    /// Whether reading has begun.
    pub begun: bool,
}

impl Missed {
    /// Of which nothing was read yet: what stands after `after`, up to `until`.
    pub fn new(conversation: ConversationId, after: Seq, until: Seq) -> Self {
        Self { conversation, after, until, ahead: std::collections::VecDeque::new(), begun: false }
    }
}

/// The next part of what an account has missed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Caught {
    /// Entries, oldest first over all conversations. Fewer than were wanted where there are no more.
    pub messages: Vec<koine_model::message::Message>,
    /// What goes on after them; empty where there are no more.
    pub missed: Vec<Missed>,
    /// The last entry from before the account came, of each conversation of which reading began.
    pub since: Vec<(ConversationId, Seq)>,
    /// Conversations that the account is no member of.
    pub gone: Vec<ConversationId>,
}

/// How far one device of an account has come in one conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The conversation.
    pub conversation: ConversationId,
    /// Everything up to here has arrived. Where nothing was ever recorded, the last message from before the account came.
    pub position: Seq,
    /// The last message from before the account came, or from before it cleared the conversation.
    pub since: Seq,
    /// The last entry that there is.
    pub last: Seq,
    /// When that was added; where the account may not see it, when the account came.
    pub at: Timestamp,
    /// Whether the conversation is on the account's list: it has not cleared it, or something was said since.
    pub listed: bool,
    /// Whether the account wants to be told in words of what is done to messages.
    pub words: bool,
    /// Whether anything was ever recorded: if not, the device has not seen the conversation.
    pub seen: bool,
}

/// What somebody looks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Who: only what they may see is found.
    pub account: AccountId,
    /// The words.
    pub query: crate::words::Query,
    /// In one conversation only.
    pub of: Option<ConversationId>,
    /// Only what stands before this hit of an earlier answer.
    pub before: Option<(Timestamp, Place)>,
    /// How many messages at most.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The messages, newest first.
    pub messages: Vec<koine_model::message::Message>,
    /// Whether there is more.
    pub more: bool,
}

/// An upload to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewUpload {
    /// How many bytes it will be.
    pub size: u64,
    /// MIME type, on one line; may be empty.
    pub mime: String,
    /// File name, on one line; may be empty.
    pub name: String,
}

/// How much an account may have begun to upload and not finished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
    /// How many uploads.
    pub uploads: usize,
    /// How many bytes they will be, taken together.
    pub bytes: u64,
    /// How many bytes there is room for, beside what the account has already.
    pub room: u64,
}
