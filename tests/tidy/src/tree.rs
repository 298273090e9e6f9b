//! The files of the repository, as far as they are text and not ignored by git.
//!
//! What is not committed yet is looked at as well, so that a wall is met before the commit and not after it.

use std::path::{Path, PathBuf};

/// One text file.
pub struct File {
    /// Where it lies, from the root of the repository, with `/` between the folders.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl File {
    /// The name without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is a source file of Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Offences that are told at once.
const MOST_TOLD: usize = 40;

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders below the root").to_owned()
}

/// Every text file, in the order of the paths.
pub fn files() -> Vec<File> {
    let root = root();
    // The ignore file counts in a tarball without git as well; files whose names begin with a dot are ours, too.
    // What cargo builds or keeps has a tag, wherever somebody told it to put that.
    let walk = ignore::WalkBuilder::new(&root)
        .require_git(false)
        .hidden(false)
        .parents(false)
        .filter_entry(|entry| entry.file_name() != ".git" && !entry.path().join("CACHEDIR.TAG").exists())
        .sort_by_file_path(Path::cmp)
        .build();
    let paths =
        walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let files: Vec<File> = paths.filter_map(|entry| read(&root, entry.path())).collect();
    assert!(files.len() > 100, "only {} files are found under {}", files.len(), root.display());
    files
}

/// Fails the test and tells every offence, if there is one; `rule` says what is forbidden and what to do instead.
#[track_caller]
pub fn assert_none(rule: &str, offences: &[String]) {
    let told = &offences[..offences.len().min(MOST_TOLD)];
    let more = offences.len() - told.len();
    let more = if more > 0 { format!("\n  … and {more} more") } else { String::new() };
    assert!(offences.is_empty(), "{rule}\n  {}{more}", told.join("\n  "));
}

/// Files that are not UTF-8 are pictures and the like: nobody's style.
fn read(root: &Path, path: &Path) -> Option<File> {
    let text = std::fs::read_to_string(path).ok()?;
    let path = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    Some(File { path, text })
}
