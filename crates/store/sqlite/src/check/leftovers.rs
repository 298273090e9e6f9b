//! Files that something unfinished has left behind. They do no harm.

use super::Check;
use crate::folder::Folder;
use crate::outcome::Outcome;
use std::fs;

pub(super) fn check(check: &mut Check<'_>) -> Outcome<()> {
    let folder = Folder::at(check.data);
    if folder.restoring().exists() {
        check.damage("a restore into this folder was not finished: run koine restore once more".to_owned());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(check.data)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    for name in names {
        if name.ends_with(".unfinished") {
            check.note(format!("{name} is a copy that was not finished, and can be removed"));
        } else if name.starts_with("koine.db.v") && name.ends_with(".bak") {
            check.note(format!(
                "{name} was copied before the schema changed: remove it when the change has proven good"
            ));
        } else if name.starts_with("replaced-") {
            check.note(format!(
                "{name} is what a restore has moved aside: remove it when it is not needed any more"
            ));
        }
    }
    let unfinished = folder.media().join("tmp");
    if unfinished.is_dir() {
        let count = fs::read_dir(unfinished)?.count();
        if count > 0 {
            check.note(format!(
                "{count} media files are being written, or were not finished: the next start takes those away"
            ));
        }
    }
    Ok(())
}
