//! What accounts are found by: handles, nicks and mail addresses, each with a key that is made of it.
//!
//! Keys may be crossed, so that one account has what another one is to get: nobody is given anything before all have let go of what is
//! not theirs.

use crate::outcome::Outcome;
use koine_model::account::Handle;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Has each account found by its handle. Whose a handle is, the table says in which each stays with whom it was given to.
pub(super) fn handles(connection: &Connection) -> Outcome<()> {
    let mut statement = connection.prepare("SELECT id, handle, handle_key FROM account ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut wrong = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, shown, key): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let shown = Handle::parse(&shown).ok();
        let is_one = shown.as_ref().is_some_and(|handle| handle.key() == key);
        if !is_one || !give(connection, &key, id)? {
            wrong.push((id, shown, key));
        }
    }
    for (id, shown, key) in wrong {
        let handle = theirs(connection, id, shown, &key)?;
        let key = handle.as_ref().map_or_else(|| lost(id), |handle| handle.key().to_owned());
        let shown = handle.as_ref().map_or(key.as_str(), Handle::as_str);
        connection
            .prepare_cached("UPDATE account SET handle = ?2, handle_key = ?3 WHERE id = ?1")?
            .execute(params![id, shown, key])?;
    }
    Ok(())
}

/// The handle of an account of which one is shown, and that is found by the key of another one: the one of them that was given to it.
fn theirs(connection: &Connection, id: i64, shown: Option<Handle>, key: &str) -> Outcome<Option<Handle>> {
    let found = Handle::parse(key).ok().filter(|handle| handle.key() == key);
    for handle in [&shown, &found].into_iter().flatten() {
        if is_theirs(connection, handle.key(), id)? {
            return Ok(Some(handle.clone()));
        }
    }
    let given: Option<String> = connection
        .prepare_cached("SELECT handle_key FROM handle WHERE account = ?1 ORDER BY handle_key LIMIT 1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if let Some(handle) = given.and_then(|given| Handle::parse(&given).ok()) {
        return Ok(Some(handle));
    }
    // Where nothing is known of what was given to it, what nobody else has.
    for handle in [found, shown].into_iter().flatten() {
        if give(connection, handle.key(), id)? {
            return Ok(Some(handle));
        }
    }
    Ok(None)
}

/// The handle of an account whose own is lost.
fn lost(id: i64) -> String {
    format!("lost-{id}")
}

/// Gives a handle to an account, unless it is somebody else's. Tells whether it is this one's.
fn give(connection: &Connection, key: &str, id: i64) -> Outcome<bool> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO handle (handle_key, account) VALUES (?1, ?2)")?
        .execute(params![key, id])?;
    is_theirs(connection, key, id)
}

fn is_theirs(connection: &Connection, key: &str, id: i64) -> Outcome<bool> {
    let mut find =
        connection.prepare_cached("SELECT 1 FROM handle WHERE handle_key = ?1 AND account = ?2")?;
    Ok(find.exists(params![key, id])?)
}

/// Has each account found by its nick and by its mail address. Of two who have one address, the one who is found by it keeps it.
pub(super) fn names(connection: &Connection) -> Outcome<()> {
    let mut statement =
        connection.prepare("SELECT id, nick, nick_key, email, email_key FROM account ORDER BY id")?;
    let mut rows = statement.query([])?;
    let (mut nicks, mut emails) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let text = |column| row.get::<_, String>(column);
        let (id, nick, email): (i64, _, _) = (row.get(0)?, text(1)?.to_lowercase(), text(3)?.to_lowercase());
        if nick != text(2)? {
            nicks.push((id, nick));
        }
        if email != text(4)? {
            emails.push((id, email));
        }
    }
    for (id, nick) in nicks {
        connection
            .prepare_cached("UPDATE account SET nick_key = ?2 WHERE id = ?1")?
            .execute(params![id, nick])?;
    }
    for (id, _) in &emails {
        connection.prepare_cached("UPDATE account SET email_key = '' WHERE id = ?1")?.execute([id])?;
    }
    for (id, email) in emails {
        let changed = connection
            .prepare_cached("UPDATE OR IGNORE account SET email_key = ?2 WHERE id = ?1")?
            .execute(params![id, email])?;
        if changed == 0 {
            connection.prepare_cached("UPDATE account SET email = '' WHERE id = ?1")?.execute([id])?;
        }
    }
    Ok(())
}
