//! Uploads that are under way: whether their files are as a server without a crash leaves them.
//!
//! All of it is worth a note and no damage. Until an upload is finished nothing waits for the disk, so that a power cut may leave it
//! in any state; whoever takes it up again finds what is whole, and the client sends the rest.

use super::Check;
use crate::folder::Folder;
use crate::outcome::Outcome;
use crate::uploads::left;
use koine_model::AccountId;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// How many are told one by one.
const MOST: usize = 20;
/// What a server changes just now looks wrong for a moment: it is looked at again after so long.
const MOMENT: Duration = Duration::from_millis(300);

pub(super) fn check(check: &mut Check<'_>, deep: bool) -> Outcome<()> {
    let folder = Folder::at(check.data).partial();
    let mut faults = faults(check.connection, &folder, deep)?;
    if !faults.is_empty() {
        sleep(MOMENT);
        let again = self::faults(check.connection, &folder, deep)?;
        faults.retain(|name, fault| again.get(name) == Some(fault));
    }
    for (name, fault) in faults.iter().take(MOST) {
        check.note(format!("the upload media/partial/{name}: {fault}"));
    }
    if let Some(more) = faults.len().checked_sub(MOST).filter(|more| *more > 0) {
        check.note(format!("{more} more uploads like these"));
    }
    Ok(())
}

fn faults(connection: &Connection, folder: &Path, deep: bool) -> Outcome<BTreeMap<String, String>> {
    let mut faults = BTreeMap::new();
    for (name, upload) in left(folder)? {
        let fault = match upload.account {
            Some(account) if !is_there(connection, account)? => {
                Some(format!("account {account}, whose it is, is not there"))
            }
            _ => upload.fault(deep)?,
        };
        faults.extend(fault.map(|fault| (name, fault)));
    }
    Ok(faults)
}

fn is_there(connection: &Connection, account: AccountId) -> Outcome<bool> {
    Ok(connection.prepare_cached("SELECT 1 FROM account WHERE id = ?1")?.exists([account.number()])?)
}
