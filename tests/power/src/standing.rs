//! What changes to and fro: of each such thing there must be what was acknowledged last, or what was asked for since. Not what was
//! before, and nothing between.

use crate::examine::{Complaint, number};
use crate::ledger::{Ledger, Standing, State};
use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use koine_model::account::Handle;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// How many verifiers a plain password makes: its own, and those of its hashes.
const FORMS: usize = 3;

/// Looks at everything that was acknowledged by the first `records` records.
pub(crate) fn check(database: &Connection, ledger: &Ledger, records: usize) -> Result<(), Complaint> {
    let mut now: BTreeMap<_, Vec<&Standing>> = BTreeMap::new();
    for stood in ledger.standing.iter().filter(|stood| stood.begun <= records) {
        let possible = now.entry(stood.what.key()).or_default();
        if stood.at <= records {
            possible.clear();
            possible.push(&stood.what);
        } else if !possible.is_empty() {
            possible.push(&stood.what);
        }
    }
    for possible in now.into_values() {
        let Some(last) = possible.first() else { continue };
        let mut is_any = false;
        for standing in &possible {
            is_any |= is_so(database, standing).map_err(|error| error.to_string())?;
        }
        if !is_any {
            let asked = &possible[1..];
            return Err(format!("acknowledged and lost: {last:?}, asked for since: {asked:?}"));
        }
    }
    Ok(())
}

fn is_so(database: &Connection, standing: &Standing) -> rusqlite::Result<bool> {
    let count = |query: &str, values: &[&dyn rusqlite::ToSql]| {
        database.prepare_cached(query)?.query_row(values, |row| row.get::<_, i64>(0))
    };
    match standing {
        Standing::Pair { one, other, asked, friends, blocked } => {
            let pair = params![number(*one), number(*other)];
            let edges = count(
                "SELECT count(*) FROM contact WHERE (owner = ?1 AND peer = ?2) OR (owner = ?2 AND peer = ?1)",
                pair,
            )?;
            let requests =
                count("SELECT count(*) FROM contact_request WHERE asker = ?1 AND peer = ?2", pair)?;
            let blocks = count("SELECT count(*) FROM block WHERE owner = ?1 AND peer = ?2", pair)?;
            let wanted = (2 * i64::from(*friends), i64::from(*asked), i64::from(*blocked));
            Ok((edges, requests, blocks) == wanted)
        }
        Standing::Password { account, password } => {
            let mut statement = database.prepare("SELECT hash FROM verifier WHERE account = ?1")?;
            let hashes = statement.query_map([number(*account)], |row| row.get::<_, String>(0))?;
            let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
            let is_right = |hash: &String| {
                let hash = PasswordHash::new(hash).expect("a hash as it was written");
                Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
            };
            Ok(hashes.len() == FORMS && hashes.iter().any(is_right))
        }
        Standing::Token { token, live } => {
            let found = count("SELECT count(*) FROM token WHERE hash = ?1", params![token_hash(token)])?;
            Ok(found == i64::from(*live))
        }
        Standing::Shown { account, nick, email, picture } => {
            let query = "SELECT nick, email, avatar_hash FROM account WHERE id = ?1";
            let row: (String, String, Option<[u8; 32]>) =
                database.query_row(query, [number(*account)], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            Ok((&row.0, &row.1, &row.2) == (nick, email, picture))
        }
        Standing::Called { account, handle, keys } => {
            let query = "SELECT handle, handle_key FROM account WHERE id = ?1";
            let found: (String, String) =
                database.query_row(query, [number(*account)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut statement = database.prepare("SELECT handle_key FROM handle WHERE account = ?1")?;
            let had = statement.query_map([number(*account)], |row| row.get::<_, String>(0))?;
            let had = had.collect::<Result<BTreeSet<_>, _>>()?;
            let key = Handle::parse(handle).expect("a handle").key().to_owned();
            Ok((&found.0, &found.1, &had) == (handle, &key, keys))
        }
        Standing::Invitation { number: of, good } => {
            let found = count("SELECT count(*) FROM invite WHERE number = ?1", params![number(*of)])?;
            Ok(found == i64::from(*good))
        }
        Standing::Led { group, name, picture, leader } => {
            let query = "SELECT name, avatar_hash, leader FROM conversation WHERE id = ?1";
            let found: Option<(String, Option<[u8; 32]>, i64)> = database
                .query_row(query, [number(*group)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            Ok(found.is_some_and(|(named, pictured, led)| {
                (&named, &pictured, led) == (name, picture, number(*leader))
            }))
        }
        Standing::Visiting { account, state, group, is_in } => {
            let of_account = |query: &str| count(query, params![number(*account)]);
            let query = "SELECT count(*) FROM member WHERE account = ?1 AND conversation = ?2";
            let member = count(query, params![number(*account), number(*group)])?;
            let accounts = "SELECT count(*) FROM account WHERE id = ?1 AND disabled = 0 AND deleted = 0";
            let active = of_account(accounts)?;
            let gone = of_account("SELECT count(*) FROM account WHERE id = ?1 AND deleted = 1")?;
            let tokens = of_account("SELECT count(*) FROM token WHERE account = ?1")?;
            let verifiers = of_account("SELECT count(*) FROM verifier WHERE account = ?1")?;
            // Whoever is let in again has no token until they sign in.
            let is_whole = match state {
                State::Active => (active, gone) == (1, 0) && verifiers > 0,
                State::Disabled => (active, gone, tokens) == (0, 0, 0) && verifiers > 0,
                State::Deleted => (active, gone, tokens, verifiers) == (0, 1, 0, 0),
            };
            Ok(is_whole && member == i64::from(*is_in))
        }
    }
}

/// What is kept of a token: the hash of its 128 bits.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    let bits = u128::from_str_radix(&token.replace('-', ""), 16).expect("a token of hexadecimal digits");
    Sha256::digest(bits.to_be_bytes()).into()
}
