//! Conversations: opening, groups and their members.

use crate::Core;
use crate::account::Need;
use crate::execute::{Actor, Caller, Change, Settled};
use crate::known::Scene;
use koine_bus::{Envelope, Topic};
use koine_metrics::Limit;
use koine_model::account::{AccountRef, Face};
use koine_model::conversation::{Command, Conversation, Digest, Happening, Invitation, Overview, Reply};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Event, Refusal};
use koine_store::{Answer, Departure, Member, Membership, NewGroup};
use std::collections::HashSet;
use std::sync::Arc;

impl Core {
    pub(crate) async fn conversation(&self, asker: &Caller, actor: Actor, command: Command) -> Settled {
        let caller = actor.account();
        match command {
            Command::Open { with } => {
                let overview = self.conversation_open(caller, &with).await?;
                return Ok(opened(overview));
            }
            Command::Create { name, members, invite } => {
                let overview = self.group_create(actor, name, &members, invite).await?;
                return Ok(opened(overview));
            }
            Command::Find { conversation } => {
                let member = self.member(actor, conversation).await?;
                self.replied(member.conversation().clone()).await
            }
            Command::List => {
                let overviews =
                    self.conversations_of(caller, &mut self.limits.pictures_bytes.clone()).await?;
                Ok(Reply::Conversations(overviews).into())
            }
            Command::Digest => Ok(Reply::Digests(self.digests_of(asker, actor).await?).into()),
            Command::Clear { conversation } => {
                self.conversation_clear(actor, conversation).await?;
                Ok(koine_model::Reply::Done)
            }
            Command::Add { conversation, who, invite } => {
                self.member_add(actor, conversation, &who, invite).await
            }
            Command::Invitations => {
                let mut invitations = Vec::new();
                for conversation in self.store.invitation_list(caller).await? {
                    let by = Face::clone(&*self.face(conversation.leader).await?);
                    invitations.push(Invitation { conversation, by });
                }
                Ok(Reply::Invitations(invitations).into())
            }
            Command::AnswerInvitation { conversation, accept } => {
                self.invitation_answer(actor, conversation, accept).await
            }
            Command::Leave { conversation } => {
                let who = self.own_face(actor).await?;
                let departure = self.store.member_leave(conversation, caller).await?;
                self.tell_departure(&departure, &who).await;
                Ok(koine_model::Reply::Done)
            }
            Command::Expel { conversation, who } => {
                let (whom, by) = (self.account_named(&who).await?, self.own_face(actor).await?);
                let group = self.store.member_expel(conversation, caller, whom.profile.id).await?;
                self.known.forget_conversation(conversation);
                self.tell_group(&group, Happening::Expelled, self.face_from(&whom), by);
                self.replied(group).await
            }
            Command::Promote { conversation, who } => {
                let (whom, by) = (self.account_named(&who).await?, self.own_face(actor).await?);
                let group = self.store.group_promote(conversation, caller, whom.profile.id).await?;
                self.known.forget_conversation(conversation);
                self.tell_group(&group, Happening::Leads, self.face_from(&whom), by);
                self.replied(group).await
            }
            Command::Rename { conversation, name } => {
                let name = self.group_name(&name)?;
                let by = self.own_face(actor).await?;
                let group = self.store.group_rename(conversation, caller, name).await?;
                self.known.forget_conversation(conversation);
                self.tell_group(&group, Happening::Renamed, by.clone(), by);
                self.replied(group).await
            }
            Command::Picture { conversation, uploaded } => {
                return self.conversation_picture(actor, conversation, uploaded).await;
            }
            Command::Words { conversation, on } => {
                return self.conversation_words(actor, conversation, on).await;
            }
            Command::Shelves { only } => return self.conversation_shelves(actor, only).await,
            Command::Room { conversation } => return self.conversation_room(actor, conversation).await,
            Command::Dissolve { conversation } => {
                let by = self.own_face(actor).await?;
                let group = self.store.group_dissolve(conversation, caller).await?;
                self.known.forget_conversation(conversation);
                self.tell_group(&group, Happening::Dissolved, by.clone(), by);
                Ok(koine_model::Reply::Done)
            }
        }
        .map(|reply| (reply, Change::None))
    }

    /// Proof that the caller is a member; otherwise the conversation is as unknown as one that is not there.
    pub(crate) async fn member(&self, actor: Actor, conversation: ConversationId) -> Answer<Member> {
        let member = self.store.member_find(conversation, actor.account()).await?;
        member.ok_or_else(|| Refusal::UnknownConversation.into())
    }

    /// A conversation with its members, as far as they are listed.
    pub(crate) async fn overview(&self, conversation: Conversation) -> Answer<Overview> {
        self.overview_within(conversation, &mut self.limits.pictures_bytes.clone()).await
    }

    /// The same, with as many pictures as `room` bytes hold.
    pub(crate) async fn overview_within(
        &self,
        conversation: Conversation,
        room: &mut usize,
    ) -> Answer<Overview> {
        self.overview_listing(conversation, self.limits.listed_members, room).await
    }

    async fn overview_listing(
        &self,
        conversation: Conversation,
        listed: usize,
        room: &mut usize,
    ) -> Answer<Overview> {
        let (ids, member_count) = self.store.member_list(conversation.id, listed).await?;
        let members = self.people_by_id(&ids, room).await?;
        Ok(Overview { conversation, members, member_count })
    }

    /// All conversations of an account, with their members.
    pub(crate) async fn conversations_of(
        &self,
        account: AccountId,
        room: &mut usize,
    ) -> Answer<Vec<Overview>> {
        let mut overviews = Vec::new();
        for membership in self.store.membership_list(account).await? {
            overviews.push(self.overview_within(membership.conversation, room).await?);
        }
        Ok(overviews)
    }

    /// All conversations of the caller in one line each: no picture is read or drawn for them.
    async fn digests_of(&self, asker: &Caller, actor: Actor) -> Answer<Vec<Digest>> {
        let mut digests = Vec::new();
        for Membership { conversation, since, last } in self.store.membership_list(actor.account()).await? {
            let (members, _) = self.store.member_list(conversation.id, self.limits.listed_members).await?;
            let Some(Scene { conversation, pair }) = self.scene_of(conversation.id).await? else { continue };
            let last =
                if last > since { self.message_last(asker, actor, conversation.id).await? } else { None };
            digests.push(Digest { conversation, pair, members, last });
        }
        Ok(digests)
    }

    /// Shows a new conversation to everyone in it.
    pub(crate) fn tell_appeared(&self, overview: &Overview, to: impl IntoIterator<Item = AccountId>) {
        let envelope = Envelope::new(Event::Appeared(Arc::new(overview.clone())));
        for account in to {
            self.bus.publish(Topic::Account(account), &envelope);
        }
    }

    /// Tells a group that somebody went, and who leads if that changed.
    pub(crate) async fn tell_departure(&self, departure: &Departure, who: &Arc<Face>) {
        let group = &departure.conversation;
        self.known.forget_conversation(group.id);
        self.tell_group(group, Happening::Left, who.clone(), who.clone());
        if let Some(leader) = departure.new_leader {
            match self.face(leader).await {
                Ok(face) => self.tell_group(group, Happening::Leads, face, who.clone()),
                // Whoever looks at the group sees who leads it.
                Err(error) => self.untold(&error, []),
            }
        }
    }

    async fn conversation_open(&self, opener: AccountId, with: &AccountRef) -> Answer<Overview> {
        let peer = self.account_named(with).await?.profile.id;
        let (conversation, is_new) = self.store.direct_open(opener, peer, self.clock.now()).await?;
        let overview = self.overview(conversation).await;
        if !is_new {
            return overview;
        }
        let mut pair = vec![opener, peer];
        pair.dedup();
        self.show(overview, &pair)
    }

    async fn group_create(
        &self,
        actor: Actor,
        name: String,
        members: &[AccountRef],
        invite: bool,
    ) -> Answer<Overview> {
        let name = self.group_name(&name)?;
        // Before anybody is looked up, since that is what a long list costs.
        if members.len() > self.limits.group_members {
            return Err(Limit::GroupMembers.met(Refusal::TooLarge(Field::Members)).into());
        }
        let leader = actor.account();
        let by = self.own_face(actor).await?;
        let mut ids = Vec::with_capacity(members.len());
        let mut accepted = HashSet::new();
        let (mut shown, mut invited) = (vec![leader], Vec::new());
        let mut seen = HashSet::from([leader]);
        for member in members {
            let account = self.account_named(member).await?;
            let id = account.profile.id;
            if !seen.insert(id) {
                continue;
            }
            ids.push(id);
            if invite && !self.accepts_for(&account) {
                invited.push(self.face_from(&account));
                continue;
            }
            shown.push(id);
            if invite {
                accepted.insert(id);
            }
        }
        let (most, at) = (self.limits.group_members, self.clock.now());
        // The leader waits for an answer from everybody: for those who are in it this is theirs, so none is left out.
        let listed = self.limits.listed_members.max(accepted.len().saturating_add(1));
        let new = NewGroup { leader, name, members: ids, invite, accepted, most, at };
        let group = self.store.group_create(new).await?;
        for whom in invited {
            self.tell_invited(&group, whom, by.clone());
        }
        let room = &mut self.limits.pictures_bytes.clone();
        let overview = self.overview_listing(group, listed, room).await;
        self.show(overview, &shown)
    }

    async fn member_add(
        &self,
        actor: Actor,
        conversation: ConversationId,
        who: &AccountRef,
        invite: bool,
    ) -> Answer<koine_model::Reply> {
        let (whom, by) = (self.account_named(who).await?, self.own_face(actor).await?);
        let (id, face) = (whom.profile.id, self.face_from(&whom));
        let invite = invite && !self.accepts_for(&whom);
        let (most, at) = (self.limits.group_members, self.clock.now());
        let group = self.store.member_add(conversation, actor.account(), id, invite, most, at).await?;
        if invite {
            self.tell_invited(&group, face, by);
            return self.replied(group).await;
        }
        let overview = self.show(self.overview(group.clone()).await, &[id]);
        self.tell_group(&group, Happening::Joined, face, by);
        Ok(Reply::Conversation(Box::new(overview?)).into())
    }

    async fn invitation_answer(
        &self,
        actor: Actor,
        conversation: ConversationId,
        accept: bool,
    ) -> Answer<koine_model::Reply> {
        let (caller, face) = (actor.account(), self.own_face(actor).await?);
        let group = self.store.invitation_answer(conversation, caller, accept, self.clock.now()).await?;
        if !accept {
            self.tell_group(&group, Happening::Declined, face.clone(), face);
            return Ok(koine_model::Reply::Done);
        }
        let overview = self.show(self.overview(group.clone()).await, &[caller]);
        self.tell_group(&group, Happening::Joined, face.clone(), face);
        Ok(Reply::Conversation(Box::new(overview?)).into())
    }

    fn tell_invited(&self, group: &Conversation, whom: Arc<Face>, by: Arc<Face>) {
        let id = whom.id;
        self.tell(id, self.group_event(group, Happening::Invited, whom, by));
    }

    /// Tells a group what happened in it. Whose faces they are was read before it happened, so that this cannot fail.
    pub(crate) fn tell_group(
        &self,
        group: &Conversation,
        happening: Happening,
        whom: Arc<Face>,
        by: Arc<Face>,
    ) {
        let event = self.group_event(group, happening, whom, by);
        self.bus.publish(Topic::Conversation(group.id), &Envelope::new(event));
    }

    fn group_event(
        &self,
        group: &Conversation,
        happening: Happening,
        whom: Arc<Face>,
        by: Arc<Face>,
    ) -> Event {
        Event::Group { conversation: group.id, name: group.name.as_str().into(), happening, whom, by }
    }

    fn group_name(&self, name: &str) -> Answer<String> {
        let name = name.trim();
        self.check_line(name, Field::Name, Need::Filled)?;
        Ok(name.to_owned())
    }

    pub(crate) async fn replied(&self, conversation: Conversation) -> Answer<koine_model::Reply> {
        Ok(Reply::Conversation(Box::new(self.overview(conversation).await?)).into())
    }
}

fn opened(overview: Overview) -> (koine_model::Reply, Change) {
    let id = overview.conversation.id;
    (Reply::Conversation(Box::new(overview)).into(), Change::Opened(id))
}
