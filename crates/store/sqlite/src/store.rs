//! The store as a whole: every method handed to the writer, to a reader, or to the media folder.

use crate::blobs::{Blobs, Shelves};
use crate::desk::Desk;
use crate::folder::{self, Folder};
use crate::open::{OpenError, Options, writing_connection};
use crate::outcome::Outcome;
use crate::pages::Entries;
use crate::readers::Readers;
use crate::task::Guard;
use crate::uploads::Partial;
use crate::writer::Writer;
use crate::{
    accounts, amend, blocks, contacts, conversations, epoch, invitations, marks, media, members, messages,
    missed, pages, reach, rows, schema, search, shelves, tokens, wal, watermarks,
};
use async_trait::async_trait;
use bytes::Bytes;
use koine_model::account::{AccountRef, Card, Profile};
use koine_model::conversation::Conversation;
use koine_model::media::{Blob, Media};
use koine_model::message::{Message, Part, Version};
use koine_model::session::SessionId;
use koine_model::upload::Progress;
use koine_model::{AccountId, ConversationId, Epoch, MediaId, Place, Refusal, Seq, Timestamp};
use koine_store::{
    Account, Amend, Answer, Append, Appended, Caught, Change, ContactEdges, Departure, Error, Failure, Found,
    Marks, Member, MemberRecord, Membership, Missed, NewAccount, NewGroup, NewPassword, NewToken, NewUpload,
    Page, Quota, Requested, ShelfRecord, Standing, Store, TokenOwner, TokenRecord, Verifier, Wanted,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// A data folder, open for this process alone.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    pub(crate) blobs: Blobs,
    pub(crate) folder: PathBuf,
    epoch: Epoch,
}

/// How many portions of messages one search indexes before it says that it is too much at once: about 100,000 messages.
const MOST_PORTIONS: usize = 200;

impl SqliteStore {
    /// Opens the data folder, which is made when it is not there, and brings it to the newest schema.
    ///
    /// It waits for the disk: a caller that must not wait uses a thread that may.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        let folder = Folder::prepare(path)?;
        let lock = folder.lock()?;
        if folder.restoring().exists() {
            return Err(OpenError::Unrestored { folder: path.to_owned() });
        }
        let blobs = Blobs::open(&folder)?;
        let mut connection = writing_connection(&folder)?;
        wal::settle(&connection, &folder)?;
        schema::migrate(&mut connection, &folder)?;
        let epoch = connection
            .pragma_update(None, "foreign_keys", true)
            .and_then(|()| epoch::of(&connection))
            .map_err(|source| OpenError::Database { database: folder.database(), source })?;
        folder::sync(folder.path())
            .map_err(|source| OpenError::Unwritable { folder: folder.path().to_owned(), source })?;
        let readers = Readers::new(folder.database(), &options);
        let writer = Writer::start(connection, (folder, lock), readers.pool(), &options)?;
        Ok(Self { writer, readers, blobs, folder: path.to_owned(), epoch })
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        attempt: &'static str,
        operation: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Answer<T> {
        self.readers.read(attempt, operation).await
    }

    pub(crate) async fn change<T: Send + 'static>(
        &self,
        attempt: &'static str,
        operation: impl FnOnce(&mut Desk) -> Outcome<T> + Send + 'static,
    ) -> Answer<T> {
        self.writer.change(attempt, Guard::Savepoint, operation).await
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn account_create(&self, new: NewAccount) -> Answer<Profile> {
        self.change("create an account", move |desk| accounts::create(desk, new)).await
    }

    async fn account_find(&self, who: &AccountRef) -> Answer<Option<Account>> {
        let who = who.clone();
        self.readers.read("find an account", move |reader| accounts::find(reader, &who)).await
    }

    async fn account_profiles(&self, ids: &[AccountId]) -> Answer<Vec<Profile>> {
        let ids = ids.to_vec();
        self.readers.read("read profiles", move |reader| accounts::profiles(reader, &ids)).await
    }

    async fn account_verifiers(&self, id: AccountId) -> Answer<Vec<Verifier>> {
        self.readers.read("read verifiers", move |reader| accounts::verifiers(reader, id)).await
    }

    async fn account_signed_in(
        &self,
        id: AccountId,
        known: &[Verifier],
        added: Vec<Verifier>,
        answers_requests: bool,
    ) -> Answer<()> {
        let known = known.to_vec();
        self.change("record a sign-in", move |desk| {
            accounts::signed_in(desk, id, &known, &added, answers_requests)
        })
        .await
    }

    async fn account_change_password(&self, new: NewPassword) -> Answer<()> {
        self.change("change a password", move |desk| accounts::change_password(desk, &new)).await
    }

    async fn account_change(&self, id: AccountId, change: Change) -> Answer<Profile> {
        self.change("change an account", move |desk| accounts::change(desk, id, change)).await
    }

    async fn account_match(&self, cards: &[Card]) -> Answer<Vec<Option<Profile>>> {
        let cards = cards.to_vec();
        self.readers.read("match cards", move |reader| accounts::matching(reader, &cards)).await
    }

    async fn account_delete(&self, id: AccountId, _at: Timestamp) -> Answer<Vec<Departure>> {
        self.change("delete an account", move |desk| accounts::delete(desk, id)).await
    }

    async fn token_create(&self, new: NewToken) -> Answer<SessionId> {
        self.change("create a token", move |desk| tokens::create(desk, &new)).await
    }

    async fn token_use(
        &self,
        hash: [u8; 32],
        device: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Answer<Option<TokenOwner>> {
        let device = device.to_owned();
        let operation = move |reader: &Connection| tokens::find(reader, &hash, &device, at);
        let Some(live) = self.readers.read("find a token", operation).await? else { return Ok(None) };
        if live.is_stale(at, until) {
            self.change("extend a token", move |desk| tokens::extend(desk, &hash, at, until)).await?;
        }
        Ok(Some(live.owner))
    }

    async fn token_revoke(&self, account: AccountId, hash: [u8; 32]) -> Answer<Option<SessionId>> {
        self.change("revoke a token", move |desk| tokens::revoke(desk, account, &hash)).await
    }

    async fn token_list(&self, account: AccountId, at: Timestamp) -> Answer<Vec<TokenRecord>> {
        self.readers.read("list tokens", move |reader| tokens::list(reader, account, at)).await
    }

    async fn token_end(&self, account: AccountId, session: SessionId) -> Answer<bool> {
        self.change("end a session", move |desk| tokens::end(desk, account, session)).await
    }

    async fn contact_add(
        &self,
        owner: AccountId,
        peer: AccountId,
        accepted: bool,
        at: Timestamp,
    ) -> Answer<Requested> {
        self.change("add a contact", move |desk| contacts::add(desk, owner, peer, accepted, at)).await
    }

    async fn contact_request(
        &self,
        asker: AccountId,
        peer: AccountId,
        accepted: bool,
        at: Timestamp,
    ) -> Answer<Requested> {
        self.change("request a contact", move |desk| contacts::request(desk, asker, peer, accepted, at)).await
    }

    async fn contact_answer(
        &self,
        owner: AccountId,
        asker: AccountId,
        accept: bool,
        at: Timestamp,
    ) -> Answer<()> {
        self.change("answer a request", move |desk| contacts::answer(desk, owner, asker, accept, at)).await
    }

    async fn contact_remove(&self, owner: AccountId, peer: AccountId, both: bool) -> Answer<bool> {
        self.change("remove a contact", move |desk| contacts::remove(desk, owner, peer, both)).await
    }

    async fn contact_block(&self, owner: AccountId, peer: AccountId, at: Timestamp) -> Answer<bool> {
        self.change("block somebody", move |desk| blocks::block(desk, owner, peer, at)).await
    }

    async fn contact_unblock(&self, owner: AccountId, peer: AccountId) -> Answer<()> {
        self.change("unblock somebody", move |desk| blocks::unblock(desk, owner, peer)).await
    }

    async fn contact_list(&self, owner: AccountId) -> Answer<ContactEdges> {
        self.readers.read("list contacts", move |reader| contacts::list(reader, owner)).await
    }

    async fn contact_holders(&self, peer: AccountId) -> Answer<Vec<AccountId>> {
        self.readers.read("list who has a contact", move |reader| contacts::holders(reader, peer)).await
    }

    async fn direct_open(
        &self,
        opener: AccountId,
        peer: AccountId,
        at: Timestamp,
    ) -> Answer<(Conversation, bool)> {
        self.change("open a conversation", move |desk| conversations::open_direct(desk, opener, peer, at))
            .await
    }

    async fn direct_find(&self, account: AccountId, peer: AccountId) -> Answer<Option<ConversationId>> {
        let operation = move |reader: &Connection| conversations::direct(reader, account, peer);
        self.readers.read("find a direct conversation", operation).await
    }

    async fn group_create(&self, new: NewGroup) -> Answer<Conversation> {
        self.change("create a group", move |desk| conversations::create_group(desk, new)).await
    }

    async fn member_find(&self, conversation: ConversationId, account: AccountId) -> Answer<Option<Member>> {
        self.readers.read("find a member", move |reader| members::find(reader, conversation, account)).await
    }

    async fn conversation_find(&self, id: ConversationId) -> Answer<Option<Conversation>> {
        self.readers.read("find a conversation", move |reader| conversations::find(reader, id)).await
    }

    async fn membership_list(&self, account: AccountId) -> Answer<Vec<Membership>> {
        let listing = move |reader: &Connection| {
            let listed = members::listed(reader, account)?;
            Ok(listed.into_iter().map(|placed| placed.membership).collect())
        };
        self.readers.read("list conversations", listing).await
    }

    async fn member_list(&self, conversation: ConversationId, limit: usize) -> Answer<(Vec<AccountId>, u32)> {
        self.readers.read("list members", move |reader| members::list(reader, conversation, limit)).await
    }

    async fn invitation_list(&self, account: AccountId) -> Answer<Vec<Conversation>> {
        self.readers.read("list invitations", move |reader| invitations::list(reader, account)).await
    }

    async fn member_add(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
        invite: bool,
        most: usize,
        at: Timestamp,
    ) -> Answer<Conversation> {
        let operation = move |desk: &mut Desk| members::add(desk, conversation, by, who, invite, most, at);
        self.change("add a member", operation).await
    }

    async fn invitation_answer(
        &self,
        conversation: ConversationId,
        account: AccountId,
        accept: bool,
        at: Timestamp,
    ) -> Answer<Conversation> {
        let operation = move |desk: &mut Desk| invitations::answer(desk, conversation, account, accept, at);
        self.change("answer an invitation", operation).await
    }

    async fn member_leave(&self, conversation: ConversationId, account: AccountId) -> Answer<Departure> {
        self.change("leave a group", move |desk| members::leave(desk, conversation, account)).await
    }

    async fn member_expel(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
    ) -> Answer<Conversation> {
        self.change("expel a member", move |desk| members::expel(desk, conversation, by, who)).await
    }

    async fn group_promote(
        &self,
        conversation: ConversationId,
        by: AccountId,
        who: AccountId,
    ) -> Answer<Conversation> {
        self.change("promote a member", move |desk| conversations::promote(desk, conversation, by, who)).await
    }

    async fn group_rename(
        &self,
        conversation: ConversationId,
        by: AccountId,
        name: String,
    ) -> Answer<Conversation> {
        self.change("rename a group", move |desk| conversations::rename(desk, conversation, by, name)).await
    }

    async fn group_picture(
        &self,
        conversation: ConversationId,
        by: AccountId,
        picture: Option<Blob>,
    ) -> Answer<Conversation> {
        self.change("give a group a picture", move |desk| {
            conversations::set_picture(desk, conversation, by, picture)
        })
        .await
    }

    async fn group_dissolve(&self, conversation: ConversationId, by: AccountId) -> Answer<Conversation> {
        self.change("dissolve a group", move |desk| conversations::dissolve(desk, conversation, by)).await
    }

    async fn conversation_clear(&self, conversation: ConversationId, account: AccountId) -> Answer<bool> {
        self.change("clear a conversation", move |desk| members::clear(desk, conversation, account)).await
    }

    async fn member_words(&self, conversation: ConversationId, account: AccountId, on: bool) -> Answer<()> {
        self.change("set a member's words", move |desk| members::words(desk, conversation, account, on)).await
    }

    async fn message_append(&self, append: Append) -> Answer<Appended> {
        let attempt = "append a message";
        // Here and not at the writer's, of which there is but one.
        let body = rows::encode(&append.parts).map_err(|stop| stop.attempting(attempt))?;
        let operation = move |desk: &mut Desk| messages::append(desk, &append, &body);
        self.writer.change(attempt, Guard::Itself, operation).await
    }

    async fn message_check(&self, append: Append) -> Answer<()> {
        self.readers.read("check a message", move |reader| messages::check(reader, &append)).await
    }

    async fn message_amend(&self, amend: Amend) -> Answer<Appended> {
        let parts = [Part::Act(amend.act.clone())];
        self.change("amend a message", move |desk| amend::amend(desk, &amend, &parts)).await
    }

    async fn message_page(&self, member: &Member, page: Page) -> Answer<Vec<Message>> {
        let member = member.clone();
        let operation = move |reader: &Connection| pages::page(reader, &member, &page, Entries::All);
        self.readers.read("read messages", operation).await
    }

    async fn message_missed(
        &self,
        account: AccountId,
        logs: Vec<Missed>,
        limit: usize,
        ahead: usize,
    ) -> Answer<Caught> {
        let operation = move |reader: &Connection| missed::next(reader, account, logs, limit, ahead);
        self.readers.read("read what was missed", operation).await
    }

    async fn message_leaf(&self, member: &Member, page: Page) -> Answer<Vec<Message>> {
        let member = member.clone();
        let operation = move |reader: &Connection| pages::page(reader, &member, &page, Entries::Messages);
        self.readers.read("read messages", operation).await
    }

    async fn message_find(&self, places: &[Place]) -> Answer<Vec<Message>> {
        let places = places.to_vec();
        self.readers.read("find messages", move |reader| pages::find(reader, &places)).await
    }

    async fn message_versions(&self, member: &Member, seq: Seq) -> Answer<Vec<Version>> {
        let member = member.clone();
        self.readers.read("read wordings", move |reader| pages::versions(reader, &member, seq)).await
    }

    async fn message_search(&self, wanted: Wanted) -> Answer<Found> {
        let _admitted = self.readers.admit_search().map_err(Error::Refused)?;
        let (account, of) = (wanted.account, wanted.of);
        for _ in 0..MOST_PORTIONS {
            let look = move |reader: &Connection| search::pending(reader, account, of);
            let pending = self.readers.search("look for new messages", look).await?;
            let more = pending.more;
            if !pending.is_empty() {
                self.change("index messages", move |desk| search::write(desk, &pending)).await?;
            }
            if !more {
                let find = move |reader: &Connection| search::find(reader, &wanted);
                return self.readers.search_briefly("search messages", find).await;
            }
        }
        Err(Refusal::Busy.into())
    }

    fn changes(&self) -> u64 {
        self.writer.changes()
    }

    async fn watermark_list(&self, account: AccountId, device: &str) -> Answer<Vec<Standing>> {
        // Asked before reading: what is written meanwhile is in both, and nothing is in neither.
        let reported = self.writer.reported(account, device);
        let device = device.to_owned();
        let operation = move |reader: &Connection| watermarks::list(reader, account, &device, &reported);
        self.readers.read("list watermarks", operation).await
    }

    fn watermark_advance(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]) {
        self.writer.report(account, device, arrived);
    }

    async fn read_advance(&self, account: AccountId, until: Place, most: u32) -> Answer<(bool, Marks)> {
        self.change("record what was read", move |desk| marks::read(desk, account, until, most)).await
    }

    async fn mark_list(&self, of: &[(ConversationId, AccountId)], most: u32) -> Answer<Vec<Option<Marks>>> {
        let reported = self.writer.all_reported();
        let wanted: Vec<_> = of.iter().map(|(id, who)| (*id, *who, reported.of_any_device(*who))).collect();
        let operation = move |reader: &Connection| {
            wanted.iter().map(|(id, who, reported)| marks::find(reader, *id, *who, reported, most)).collect()
        };
        self.readers.read("read marks", operation).await
    }

    async fn shelf_list(
        &self,
        account: AccountId,
        only: Option<Vec<ConversationId>>,
        most: u32,
    ) -> Answer<Vec<ShelfRecord>> {
        let reported = self.writer.all_reported().of_any_device(account);
        let listing = move |reader: &Connection| shelves::list(reader, account, only.as_deref(), &reported);
        let mut shelves = self.readers.read("list shelves", listing).await?;
        // Only of these it is worth knowing what is still to be written of everybody else's devices.
        let own: Vec<_> = shelves.iter().filter_map(|shelf| reach::own_last(shelf, account)).collect();
        if !own.is_empty() {
            let within = own.iter().map(|place| place.conversation).collect();
            let arriving = self.writer.all_reported().in_conversations(&within);
            let looking = move |reader: &Connection| reach::all(reader, account, &own, &arriving, most);
            let reaches = self.readers.read("look how far messages have come", looking).await?;
            for shelf in &mut shelves {
                shelf.reach = reaches.get(&shelf.conversation.id).copied().flatten();
            }
        }
        Ok(shelves)
    }

    async fn shelf_find(
        &self,
        conversation: ConversationId,
        account: AccountId,
        limit: usize,
        most: u32,
    ) -> Answer<Option<(ShelfRecord, Vec<MemberRecord>)>> {
        let reported = self.writer.all_reported().in_conversation(conversation);
        let operation =
            move |reader: &Connection| shelves::find(reader, conversation, account, &reported, (limit, most));
        self.readers.read("find a shelf", operation).await
    }

    async fn blob_write(&self, bytes: Bytes) -> Answer<Blob> {
        self.blobs.write(bytes).await
    }

    async fn blob_read(&self, blob: &Blob) -> Answer<Option<Bytes>> {
        self.blobs.read(*blob).await
    }

    async fn blob_read_range(&self, blob: &Blob, offset: u64, length: usize) -> Answer<Option<Bytes>> {
        self.blobs.read_range(*blob, offset, length).await
    }

    async fn upload_begin(&self, account: AccountId, key: &str, size: u64, quota: Quota) -> Answer<Progress> {
        let operation = move |partial: &Partial<'_>, _: &Shelves| partial.begin(size, quota);
        self.blobs.upload("begin an upload", account, key, operation).await
    }

    async fn upload_append(
        &self,
        account: AccountId,
        key: &str,
        index: u32,
        total: u32,
        bytes: Bytes,
    ) -> Answer<Progress> {
        let operation = move |partial: &Partial<'_>, _: &Shelves| partial.append(index, total, &bytes);
        self.blobs.upload("add to an upload", account, key, operation).await
    }

    fn upload_bytes(&self, account: AccountId) -> u64 {
        self.blobs.unfinished(account)
    }

    async fn upload_size(&self, account: AccountId, key: &str) -> Answer<Option<u64>> {
        Ok(self.blobs.upload_size(account, key))
    }

    async fn upload_finish(&self, account: AccountId, key: &str) -> Answer<Blob> {
        self.blobs.upload("finish an upload", account, key, |partial, shelves| partial.finish(shelves)).await
    }

    async fn upload_drop(&self, account: AccountId, key: &str) -> Answer<()> {
        self.blobs.upload("drop an upload", account, key, |partial, _| partial.discard()).await
    }

    async fn upload_open(&self, account: AccountId, key: &str, new: NewUpload, quota: Quota) -> Answer<u64> {
        let operation = move |partial: &Partial<'_>, _: &Shelves| partial.open(&new, quota);
        self.blobs.upload("open an upload", account, key, operation).await
    }

    async fn upload_look(&self, account: AccountId, key: &str) -> Answer<Option<(u64, NewUpload)>> {
        self.blobs.upload("look at an upload", account, key, |partial, _| partial.look()).await
    }

    async fn upload_extend(
        &self,
        account: AccountId,
        key: &str,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<(u64, u64)> {
        let operation = move |partial: &Partial<'_>, _: &Shelves| partial.extend(offset, &bytes);
        self.blobs.upload("add to an upload", account, key, operation).await
    }

    async fn upload_weigh(&self, account: AccountId, key: &str) -> Answer<(Blob, NewUpload)> {
        self.blobs.upload("weigh an upload", account, key, |partial, _| partial.weigh()).await
    }

    async fn upload_take(&self, account: AccountId, key: &str) -> Answer<(Blob, NewUpload)> {
        self.blobs.upload("take an upload", account, key, |partial, shelves| partial.take(shelves)).await
    }

    async fn media_kept(&self, account: AccountId) -> Answer<u64> {
        self.readers.read("count media", move |reader| media::kept(reader, account)).await
    }

    async fn media_find(&self, id: MediaId) -> Answer<Option<Media>> {
        self.readers.read("find media", move |reader| media::find(reader, id)).await
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn check(&self) -> Result<(), Failure> {
        let attempt = "check the store";
        match self.change(attempt, |desk| Ok(schema::touch(desk.connection)?)).await {
            Ok(()) => Ok(()),
            Err(Error::Failed(failure)) => Err(failure),
            Err(refused) => Err(Failure::new(attempt, refused)),
        }
    }

    async fn close(&self) {
        self.readers.close();
        self.blobs.close().await;
        self.writer.close().await;
    }
}
