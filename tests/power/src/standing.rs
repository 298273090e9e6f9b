//! What changes to and fro: of each such thing there must be what was acknowledged last, or what was asked for since. Not what was
//! before, and nothing between.

use crate::examine::{Complaint, number};
use crate::ledger::{Ledger, Standing};
use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
        database.query_row(query, values, |row| row.get::<_, i64>(0))
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
    }
}

/// What is kept of a token: the hash of its 128 bits.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    let bits = u128::from_str_radix(&token.replace('-', ""), 16).expect("a token of hexadecimal digits");
    Sha256::digest(bits.to_be_bytes()).into()
}
