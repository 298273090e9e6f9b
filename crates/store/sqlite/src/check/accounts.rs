//! Accounts: found by what they are called, and with a password.

use super::Check;
use crate::outcome::Outcome;
use koine_model::account::Handle;

/// How many accounts without a password are named.
const NAMED: u64 = 20;

/// Whether what is compared is made of what is shown. SQLite alone cannot tell: it knows the letter case of ASCII only.
pub(super) fn keys(check: &mut Check<'_>) -> Outcome<()> {
    let connection = check.connection;
    let mut statement = connection.prepare(
        "SELECT id, handle, handle_key, nick, nick_key, email, email_key FROM account ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let (handle, handle_key): (String, String) = (row.get(1)?, row.get(2)?);
        match Handle::parse(&handle) {
            Ok(handle) if handle.key() == handle_key => {}
            Ok(_) => check.damage(format!("account {id} is not found by its handle, but by another one")),
            Err(_) => check.damage(format!("account {id} has a handle that is none")),
        }
        for (what, shown, key) in [("nick", 3, 4), ("mail address", 5, 6)] {
            let (shown, key): (String, String) = (row.get(shown)?, row.get(key)?);
            if shown.to_lowercase() != key {
                check.damage(format!("account {id} is not found by its {what}, but by another one"));
            }
        }
    }
    Ok(())
}

/// Notes living accounts without a password. It is no damage: what was saved of a damaged database may have some, nothing else
/// that is kept hangs on it, and an operator can give them another one.
pub(super) fn passwords(check: &mut Check<'_>) -> Outcome<()> {
    let mut statement = check.connection.prepare(
        "SELECT id FROM account WHERE deleted = 0 AND id NOT IN (SELECT account FROM verifier) ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let (mut count, mut named) = (0_u64, String::new());
    while let Some(row) = rows.next()? {
        count += 1;
        if count <= NAMED {
            named.push_str(&format!(" {}", row.get::<_, i64>(0)?));
        }
    }
    if count > 0 {
        let more = if count > NAMED { " and others" } else { "" };
        check.note(format!(
            "{count} accounts have no password, so that nobody can sign in to them until koine account set-password gives them one:{named}{more}"
        ));
    }
    Ok(())
}
