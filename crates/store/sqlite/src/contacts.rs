//! Contacts: edges from one account to another, and requests for them.

use crate::accounts::{exists, require_live};
use crate::blocks;
use crate::columns::account_id;
use crate::desk::Desk;
use crate::outcome::Outcome;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::{ContactEdges, Edge, Requested};
use rusqlite::{Connection, params};

/// Makes the edge from `owner` to `peer`, and asks for the one back.
pub(crate) fn add(
    desk: &mut Desk,
    owner: AccountId,
    peer: AccountId,
    accepted: bool,
    at: Timestamp,
) -> Outcome<Requested> {
    let connection = &desk.connection;
    require_others(connection, owner, peer)?;
    if has(connection, owner, peer)? {
        return Err(Refusal::Already.into());
    }
    insert_edge(connection, owner, peer, at)?;
    ask(connection, owner, peer, accepted, at)
}

/// Asks `peer` to be friends with `asker`.
pub(crate) fn request(
    desk: &mut Desk,
    asker: AccountId,
    peer: AccountId,
    accepted: bool,
    at: Timestamp,
) -> Outcome<Requested> {
    let connection = &desk.connection;
    require_others(connection, asker, peer)?;
    ask(connection, asker, peer, accepted, at)
}

pub(crate) fn answer(
    desk: &mut Desk,
    owner: AccountId,
    asker: AccountId,
    accept: bool,
    at: Timestamp,
) -> Outcome<()> {
    let connection = &desk.connection;
    if !delete_request(connection, asker, owner)? {
        return Err(Refusal::NotThere.into());
    }
    if accept {
        befriend(connection, asker, owner, at)?;
    }
    Ok(())
}

pub(crate) fn remove(desk: &mut Desk, owner: AccountId, peer: AccountId, both: bool) -> Outcome<bool> {
    let connection = &desk.connection;
    let friends = are_friends(connection, owner, peer)?;
    let removed = match both {
        true => part(connection, owner, peer)?,
        false => delete_edge(connection, owner, peer)? | delete_request(connection, owner, peer)?,
    };
    if removed { Ok(friends) } else { Err(Refusal::NotThere.into()) }
}

pub(crate) fn list(connection: &Connection, owner: AccountId) -> Outcome<ContactEdges> {
    let mut statement = connection.prepare_cached(
        "SELECT peer, EXISTS (SELECT 1 FROM contact AS back WHERE back.owner = contact.peer AND back.peer = ?1)
         FROM contact WHERE owner = ?1 ORDER BY number",
    )?;
    let edges = statement
        .query_map([owner.number()], |row| Ok(Edge { peer: account_id(row, 0)?, mutual: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    let requests =
        accounts(connection, "SELECT asker FROM contact_request WHERE peer = ?1 ORDER BY number", owner)?;
    let asked =
        accounts(connection, "SELECT peer FROM contact_request WHERE asker = ?1 ORDER BY number", owner)?;
    let blocked = accounts(connection, "SELECT peer FROM block WHERE owner = ?1 ORDER BY number", owner)?;
    Ok(ContactEdges { edges, requests, asked, blocked })
}

pub(crate) fn holders(connection: &Connection, peer: AccountId) -> Outcome<Vec<AccountId>> {
    accounts(connection, "SELECT owner FROM contact WHERE peer = ?1 ORDER BY number", peer)
}

/// Takes away whatever there is between the two, and tells whether there was anything.
pub(crate) fn part(connection: &Connection, one: AccountId, other: AccountId) -> Outcome<bool> {
    let own = delete_edge(connection, one, other)? | delete_request(connection, one, other)?;
    let theirs = delete_edge(connection, other, one)? | delete_request(connection, other, one)?;
    Ok(own | theirs)
}

/// Whether the two have each other.
pub(crate) fn are_friends(connection: &Connection, one: AccountId, other: AccountId) -> Outcome<bool> {
    Ok(has(connection, one, other)? && has(connection, other, one)?)
}

fn require_others(connection: &Connection, owner: AccountId, peer: AccountId) -> Outcome<()> {
    if owner == peer {
        return Err(Refusal::Yourself.into());
    }
    require_live(connection, owner)?;
    require_live(connection, peer)?;
    blocks::refuse(connection, owner, peer)
}

/// Asks, unless the answer is known.
fn ask(
    connection: &Connection,
    asker: AccountId,
    peer: AccountId,
    accepted: bool,
    at: Timestamp,
) -> Outcome<Requested> {
    if accepted || has(connection, peer, asker)? || has_asked(connection, peer, asker)? {
        befriend(connection, asker, peer, at)?;
        return Ok(Requested::Completed);
    }
    connection
        .prepare_cached(
            "INSERT INTO contact_request (asker, peer, at) VALUES (?1, ?2, ?3) ON CONFLICT (peer, asker) DO NOTHING",
        )?
        .execute(params![asker.number(), peer.number(), at.0])?;
    Ok(Requested::Waits)
}

/// Makes both edges. Nothing is asked any more.
fn befriend(connection: &Connection, asker: AccountId, peer: AccountId, at: Timestamp) -> Outcome<()> {
    insert_edge(connection, asker, peer, at)?;
    insert_edge(connection, peer, asker, at)?;
    delete_request(connection, asker, peer)?;
    delete_request(connection, peer, asker)?;
    Ok(())
}

fn has(connection: &Connection, owner: AccountId, peer: AccountId) -> Outcome<bool> {
    let pair = [owner.number(), peer.number()];
    exists(connection, "SELECT 1 FROM contact WHERE owner = ?1 AND peer = ?2", pair)
}

fn has_asked(connection: &Connection, asker: AccountId, peer: AccountId) -> Outcome<bool> {
    let pair = [asker.number(), peer.number()];
    exists(connection, "SELECT 1 FROM contact_request WHERE asker = ?1 AND peer = ?2", pair)
}

fn insert_edge(connection: &Connection, owner: AccountId, peer: AccountId, at: Timestamp) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO contact (owner, peer, at) VALUES (?1, ?2, ?3) ON CONFLICT (owner, peer) DO NOTHING",
        )?
        .execute(params![owner.number(), peer.number(), at.0])?;
    Ok(())
}

fn delete_edge(connection: &Connection, owner: AccountId, peer: AccountId) -> Outcome<bool> {
    let mut statement = connection.prepare_cached("DELETE FROM contact WHERE owner = ?1 AND peer = ?2")?;
    Ok(statement.execute([owner.number(), peer.number()])? > 0)
}

fn delete_request(connection: &Connection, asker: AccountId, peer: AccountId) -> Outcome<bool> {
    let mut statement =
        connection.prepare_cached("DELETE FROM contact_request WHERE asker = ?1 AND peer = ?2")?;
    Ok(statement.execute([asker.number(), peer.number()])? > 0)
}

fn accounts(connection: &Connection, statement: &str, of: AccountId) -> Outcome<Vec<AccountId>> {
    let mut statement = connection.prepare_cached(statement)?;
    let found = statement.query_map([of.number()], |row| account_id(row, 0))?.collect::<Result<_, _>>()?;
    Ok(found)
}
