//! Blocks: who wants nothing to do with whom.

use crate::accounts::{exists, require_live};
use crate::contacts;
use crate::conversations;
use crate::desk::Desk;
use crate::outcome::Outcome;
use koine_model::{AccountId, Refusal, Timestamp};
use rusqlite::{Connection, params};

/// Has `owner` block `peer`. Tells whether the two were friends until now.
pub(crate) fn block(desk: &mut Desk, owner: AccountId, peer: AccountId, at: Timestamp) -> Outcome<bool> {
    let connection = &desk.connection;
    if owner == peer {
        return Err(Refusal::Yourself.into());
    }
    require_live(connection, owner)?;
    require_live(connection, peer)?;
    let friends = contacts::are_friends(connection, owner, peer)?;
    connection
        .prepare_cached(
            "INSERT INTO block (owner, peer, at) VALUES (?1, ?2, ?3) ON CONFLICT (owner, peer) DO NOTHING",
        )?
        .execute(params![owner.number(), peer.number(), at.0])?;
    contacts::part(connection, owner, peer)?;
    forget(desk, owner, peer)?;
    Ok(friends)
}

pub(crate) fn unblock(desk: &mut Desk, owner: AccountId, peer: AccountId) -> Outcome<()> {
    let deleted = desk
        .connection
        .prepare_cached("DELETE FROM block WHERE owner = ?1 AND peer = ?2")?
        .execute([owner.number(), peer.number()])?;
    forget(desk, owner, peer)?;
    if deleted == 0 { Err(Refusal::NotThere.into()) } else { Ok(()) }
}

/// Refuses where one of the two has blocked the other.
pub(crate) fn refuse(connection: &Connection, one: AccountId, other: AccountId) -> Outcome<()> {
    if between(connection, one, other)? { Err(Refusal::Blocked.into()) } else { Ok(()) }
}

/// Whether one of the two has blocked the other.
pub(crate) fn between(connection: &Connection, one: AccountId, other: AccountId) -> Outcome<bool> {
    Ok(has_blocked(connection, one, other)? || has_blocked(connection, other, one)?)
}

/// Whether `owner` has blocked `peer`.
pub(crate) fn has_blocked(connection: &Connection, owner: AccountId, peer: AccountId) -> Outcome<bool> {
    let pair = [owner.number(), peer.number()];
    exists(connection, "SELECT 1 FROM block WHERE owner = ?1 AND peer = ?2", pair)
}

/// What the writer remembers of the conversation of the two is to be looked up anew.
fn forget(desk: &mut Desk, one: AccountId, other: AccountId) -> Outcome<()> {
    if let Some(direct) = conversations::direct(desk.connection, one, other)? {
        desk.rooms.forget(direct);
    }
    Ok(())
}
