//! Accounts: who somebody is, and how they prove it.

use crate::columns::{PROFILE_WIDTH, account_id, profile, profile_columns, size_number};
use crate::desk::Desk;
use crate::invitations;
use crate::invites;
use crate::members;
use crate::outcome::{Outcome, Stop};
use crate::tokens;
use koine_model::account::{AccountRef, Card, Handle, Profile};
use koine_model::conversation::Kind;
use koine_model::secret::Form;
use koine_model::{AccountId, Refusal};
use koine_store::{
    Account, Change, Departure, NewAccount, NewPassword, Verifier, WantedHandle, handle_candidates,
};
use rusqlite::{Connection, OptionalExtension, Params, params};

pub(crate) fn create(desk: &mut Desk, new: NewAccount) -> Outcome<Profile> {
    let connection = &desk.connection;
    let id = next_id(connection)?;
    let handle = match new.handle {
        WantedHandle::Exactly(handle) => {
            if handle.looks_like_id() || handle_owner(connection, &handle)?.is_some() {
                return Err(Refusal::HandleTaken.into());
            }
            refuse_anothers_address(connection, &handle, id)?;
            handle
        }
        WantedHandle::FromNick => free_handle(connection, &new.nick, id)?,
    };
    let nick_key = new.nick.to_lowercase();
    if new.nick_is_unique
        && exists(connection, "SELECT 1 FROM account WHERE nick_key = ?1 AND deleted = 0", [&nick_key])?
    {
        return Err(Refusal::NickTaken.into());
    }
    let email_key = new.email.to_lowercase();
    refuse_taken_email(connection, &new.email, id)?;
    if let Some(invitation) = &new.invitation {
        invites::take(connection, invitation, new.at)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO account (id, handle, handle_key, nick, nick_key, email, email_key, phone, status,
                                  created, deleted, answers_requests)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', ?9, 0, 0)",
        )?
        .execute(params![
            id.number(),
            handle.as_str(),
            handle.key(),
            new.nick,
            nick_key,
            new.email,
            email_key,
            new.phone,
            new.at.0
        ])?;
    take_handle(connection, &handle, id)?;
    add_verifiers(connection, id, &new.verifiers)?;
    by_id(connection, id)?.map(|account| account.profile).ok_or(Stop::Damaged("a new account"))
}

/// Looks an account up; a deleted one is found by id alone.
pub(crate) fn find(connection: &Connection, who: &AccountRef) -> Outcome<Option<Account>> {
    match who {
        AccountRef::Id(id) => by_id(connection, *id),
        AccountRef::Handle(handle) => by_handle(connection, handle),
        AccountRef::Typed(text) => {
            let text = text.trim();
            if let Some(id) = AccountId::parse(text)
                && let Some(account) = by_id(connection, id)?
            {
                return Ok(Some(account));
            }
            if text.contains('@')
                && let Some(account) = by_email(connection, text)?
            {
                return Ok(Some(account));
            }
            match Handle::parse(text) {
                Ok(handle) => by_handle(connection, &handle),
                Err(_) => Ok(None),
            }
        }
    }
}

pub(crate) fn profiles(connection: &Connection, ids: &[AccountId]) -> Outcome<Vec<Profile>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(by_id(connection, *id)?.map(|account| account.profile));
    }
    Ok(found)
}

pub(crate) fn verifiers(connection: &Connection, id: AccountId) -> Outcome<Vec<Verifier>> {
    let mut statement =
        connection.prepare_cached("SELECT form, hash FROM verifier WHERE account = ?1 ORDER BY form")?;
    let rows = statement.query_map([id.number()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (form, hash) = row?;
        found.push(Verifier { form: form_of(form)?, hash });
    }
    Ok(found)
}

pub(crate) fn signed_in(
    desk: &mut Desk,
    id: AccountId,
    known: &[Verifier],
    added: &[Verifier],
    answers_requests: bool,
) -> Outcome<()> {
    let connection = &desk.connection;
    require_admitted(connection, id)?;
    let now = verifiers(connection, id)?;
    if known.iter().any(|verifier| !now.contains(verifier)) {
        return Err(Refusal::WrongSecret.into());
    }
    add_verifiers(connection, id, added)?;
    if answers_requests {
        connection
            .prepare_cached("UPDATE account SET answers_requests = 1 WHERE id = ?1 AND answers_requests = 0")?
            .execute([id.number()])?;
    }
    Ok(())
}

pub(crate) fn change_password(desk: &mut Desk, new: &NewPassword) -> Outcome<()> {
    let connection = &desk.connection;
    let id = new.account;
    require_live(connection, id)?;
    if let Some(proven) = &new.instead_of
        && !is_proof(proven, &verifiers(connection, id)?)
    {
        return Err(Refusal::WrongSecret.into());
    }
    connection.prepare_cached("DELETE FROM verifier WHERE account = ?1")?.execute([id.number()])?;
    add_verifiers(connection, id, &new.verifiers)?;
    tokens::end_others(connection, id, new.keeps)
}

pub(crate) fn change(desk: &mut Desk, id: AccountId, change: Change) -> Outcome<Profile> {
    let connection = &desk.connection;
    require_live(connection, id)?;
    if let Some(handle) = &change.handle {
        refuse_anothers_address(connection, handle, id)?;
        match handle_owner(connection, handle)? {
            Some(owner) if owner == id => {}
            None if !handle.looks_like_id() => take_handle(connection, handle, id)?,
            _ => return Err(Refusal::HandleTaken.into()),
        }
        connection
            .prepare_cached("UPDATE account SET handle = ?2, handle_key = ?3 WHERE id = ?1")?
            .execute(params![id.number(), handle.as_str(), handle.key()])?;
    }
    if let Some(email) = &change.email {
        refuse_taken_email(connection, email, id)?;
        connection
            .prepare_cached("UPDATE account SET email = ?2, email_key = ?3 WHERE id = ?1")?
            .execute(params![id.number(), email, email.to_lowercase()])?;
    }
    if let Some(nick) = &change.nick {
        connection
            .prepare_cached("UPDATE account SET nick = ?2, nick_key = ?3 WHERE id = ?1")?
            .execute(params![id.number(), nick, nick.to_lowercase()])?;
    }
    if let Some(phone) = &change.phone {
        connection
            .prepare_cached("UPDATE account SET phone = ?2 WHERE id = ?1")?
            .execute(params![id.number(), phone])?;
    }
    if let Some(status) = &change.status {
        connection
            .prepare_cached("UPDATE account SET status = ?2 WHERE id = ?1")?
            .execute(params![id.number(), status])?;
    }
    if let Some(avatar) = &change.avatar {
        connection
            .prepare_cached("UPDATE account SET avatar_hash = ?2, avatar_size = ?3 WHERE id = ?1")?
            .execute(params![id.number(), avatar.map(|blob| blob.hash), avatar.as_ref().map(size_number)])?;
    }
    by_id(connection, id)?.map(|account| account.profile).ok_or(Stop::Damaged("a changed account"))
}

/// For each card the account that it belongs to.
pub(crate) fn matching(connection: &Connection, cards: &[Card]) -> Outcome<Vec<Option<Profile>>> {
    let mut found = Vec::with_capacity(cards.len());
    for card in cards {
        let mut account = if card.email.is_empty() { None } else { by_email(connection, &card.email)? };
        if account.is_none() && !card.phone.is_empty() {
            let statement = concat!(
                "SELECT ",
                profile_columns!(),
                ", answers_requests, disabled FROM account WHERE phone = ?1 AND phone <> '' AND deleted = 0 ORDER BY id LIMIT 1"
            );
            account = one(connection, statement, [&card.phone])?;
        }
        found.push(account.map(|account| account.profile));
    }
    Ok(found)
}

/// Takes away all that is personal. The number, the handle and what was said stay.
pub(crate) fn delete(desk: &mut Desk, id: AccountId) -> Outcome<Vec<Departure>> {
    require_live(desk.connection, id)?;
    let mut departures = Vec::new();
    for membership in members::memberships(desk.connection, id)? {
        let conversation = membership.conversation;
        // The other of a direct conversation still has it, but nothing can be said to someone who is gone.
        desk.rooms.forget(conversation.id);
        if conversation.kind == Kind::Group {
            departures.push(members::depart(desk, conversation, id)?);
        }
    }
    invitations::remove_all(desk.connection, id)?;
    for statement in [
        "DELETE FROM verifier WHERE account = ?1",
        "DELETE FROM token WHERE account = ?1",
        "DELETE FROM block WHERE owner = ?1",
        "DELETE FROM block WHERE peer = ?1",
        "DELETE FROM contact WHERE owner = ?1",
        "DELETE FROM contact WHERE peer = ?1",
        "DELETE FROM contact_request WHERE peer = ?1",
        "DELETE FROM contact_request WHERE asker = ?1",
        "DELETE FROM watermark WHERE account = ?1",
        "DELETE FROM read_mark WHERE account = ?1",
        "UPDATE account SET nick = '', nick_key = '', email = '', email_key = '', phone = '', status = '',
                avatar_hash = NULL, avatar_size = NULL, answers_requests = 0, disabled = 0, deleted = 1 WHERE id = ?1",
    ] {
        desk.connection.prepare_cached(statement)?.execute([id.number()])?;
    }
    Ok(departures)
}

/// Whether what was proven by is there still. Forms may have been added since; another password replaces all of them.
fn is_proof(proven: &[Verifier], present: &[Verifier]) -> bool {
    !proven.is_empty() && proven.iter().all(|verifier| present.contains(verifier))
}

/// Refuses an account that is not there or was deleted.
pub(crate) fn require_live(connection: &Connection, id: AccountId) -> Outcome<()> {
    match exists(connection, "SELECT 1 FROM account WHERE id = ?1 AND deleted = 0", [id.number()])? {
        true => Ok(()),
        false => Err(Refusal::UnknownAccount.into()),
    }
}

/// Refuses an account that is not there, was deleted, or whose owner is kept out.
pub(crate) fn require_admitted(connection: &Connection, id: AccountId) -> Outcome<()> {
    require_live(connection, id)?;
    match exists(connection, "SELECT 1 FROM account WHERE id = ?1 AND disabled = 0", [id.number()])? {
        true => Ok(()),
        false => Err(Refusal::Disabled.into()),
    }
}

/// Whether `statement` finds anything.
pub(crate) fn exists(connection: &Connection, statement: &str, parameters: impl Params) -> Outcome<bool> {
    Ok(connection.prepare_cached(statement)?.exists(parameters)?)
}

fn by_id(connection: &Connection, id: AccountId) -> Outcome<Option<Account>> {
    let statement =
        concat!("SELECT ", profile_columns!(), ", answers_requests, disabled FROM account WHERE id = ?1");
    one(connection, statement, [id.number()])
}

fn by_handle(connection: &Connection, handle: &Handle) -> Outcome<Option<Account>> {
    // The second condition leaves out a handle that its owner no longer uses.
    let statement = concat!(
        "SELECT ",
        profile_columns!(),
        ", answers_requests, disabled FROM handle JOIN account ON account.id = handle.account
         WHERE handle.handle_key = ?1 AND account.handle_key = ?1 AND deleted = 0"
    );
    one(connection, statement, [handle.key()])
}

fn by_email(connection: &Connection, email: &str) -> Outcome<Option<Account>> {
    // The second condition is what makes SQLite use the partial index, and an empty address belong to nobody.
    let statement = concat!(
        "SELECT ",
        profile_columns!(),
        ", answers_requests, disabled FROM account WHERE email_key = ?1 AND email_key <> '' AND deleted = 0"
    );
    one(connection, statement, [email.to_lowercase()])
}

fn one(connection: &Connection, statement: &str, parameters: impl Params) -> Outcome<Option<Account>> {
    let mut statement = connection.prepare_cached(statement)?;
    let found = statement.query_row(parameters, |row| {
        Ok(Account {
            profile: profile(row)?,
            answers_requests: row.get(PROFILE_WIDTH)?,
            disabled: row.get(PROFILE_WIDTH + 1)?,
        })
    });
    Ok(found.optional()?)
}

fn next_id(connection: &Connection) -> Outcome<AccountId> {
    let last: Option<u32> =
        connection.prepare_cached("SELECT max(id) FROM account")?.query_row([], |row| row.get(0))?;
    match last {
        None => Ok(AccountId::FIRST),
        Some(last) => AccountId::new(last.saturating_add(1)).ok_or(Stop::UsedUp("an account")),
    }
}

fn handle_owner(connection: &Connection, handle: &Handle) -> Outcome<Option<AccountId>> {
    let mut statement = connection.prepare_cached("SELECT account FROM handle WHERE handle_key = ?1")?;
    Ok(statement.query_row([handle.key()], |row| account_id(row, 0)).optional()?)
}

fn free_handle(connection: &Connection, nick: &str, id: AccountId) -> Outcome<Handle> {
    for handle in handle_candidates(nick, id) {
        if handle_owner(connection, &handle)?.is_none() && !names_another(connection, &handle, id)? {
            return Ok(handle);
        }
    }
    Err(Refusal::HandleTaken.into())
}

fn take_handle(connection: &Connection, handle: &Handle, id: AccountId) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO handle (handle_key, account) VALUES (?1, ?2)")?
        .execute(params![handle.key(), id.number()])?;
    Ok(())
}

/// Whoever types an address means one person: it is the e-mail address of one account, and no other one's handle.
fn refuse_taken_email(connection: &Connection, email: &str, id: AccountId) -> Outcome<()> {
    let named = match Handle::parse(email) {
        Ok(handle) if email.contains('@') => by_handle(connection, &handle)?,
        _ => None,
    };
    if is_anothers_address(connection, email, id)? || named.is_some_and(|named| named.profile.id != id) {
        return Err(Refusal::EmailTaken.into());
    }
    Ok(())
}

/// The same, from the other side. What has no `@` is never taken for an address, whatever stands in that field.
fn refuse_anothers_address(connection: &Connection, handle: &Handle, id: AccountId) -> Outcome<()> {
    match names_another(connection, handle, id)? {
        true => Err(Refusal::HandleTaken.into()),
        false => Ok(()),
    }
}

fn names_another(connection: &Connection, handle: &Handle, id: AccountId) -> Outcome<bool> {
    Ok(handle.as_str().contains('@') && is_anothers_address(connection, handle.as_str(), id)?)
}

fn is_anothers_address(connection: &Connection, text: &str, id: AccountId) -> Outcome<bool> {
    let statement = "SELECT 1 FROM account WHERE email_key = ?1 AND email_key <> '' AND id <> ?2";
    exists(connection, statement, params![text.to_lowercase(), id.number()])
}

/// Adds those whose form has none yet.
fn add_verifiers(connection: &Connection, id: AccountId, added: &[Verifier]) -> Outcome<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO verifier (account, form, hash) VALUES (?1, ?2, ?3) ON CONFLICT (account, form) DO NOTHING",
    )?;
    for verifier in added {
        statement.execute(params![id.number(), form_number(verifier.form), verifier.hash])?;
    }
    Ok(())
}

fn form_number(form: Form) -> i64 {
    match form {
        Form::Plain => 0,
        Form::Md5 => 1,
        Form::Sha256 => 2,
    }
}

fn form_of(number: i64) -> Outcome<Form> {
    match number {
        0 => Ok(Form::Plain),
        1 => Ok(Form::Md5),
        2 => Ok(Form::Sha256),
        _ => Err(Stop::Damaged("a form of password")),
    }
}
