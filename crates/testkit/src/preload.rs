//! Libraries in C that are preloaded into the server, to watch or to spoil what it does to its disk.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source` into `folder`, by the C compiler that SQLite needs as well (`CC`, or `cc`). Where the library is then
/// goes into the server's `LD_PRELOAD`.
pub fn compile(source: &Path, folder: &Path) -> PathBuf {
    let name = source.file_stem().expect("a file with a name");
    let library = folder.join(name).with_extension("so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-shared", "-fPIC", "-O1", "-pthread", "-o"]).arg(&library).arg(source);
    let status = command.status().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(status.success(), "{} cannot be compiled: {command:?}", source.display());
    library
}
