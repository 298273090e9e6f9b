//! Builds the web client into the program, where `make web` has built it before; without it, the server says how to do that.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // `make web` touches this file, so that cargo notices a client that was not there before.
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let client = variable("CARGO_MANIFEST_DIR")?.join("../web/dist");
    let mut files = Vec::new();
    if client.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", client.display());
        find(&client.canonicalize()?, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files.iter().filter(|file| !is_compressed(file)) {
        let path = served_as(&client.canonicalize()?, file)?;
        let compressed = |ending: &str| {
            let name = PathBuf::from(format!("{}.{ending}", file.display()));
            if name.is_file() { format!("Some(include_bytes!({name:?}))") } else { "None".to_owned() }
        };
        let (brotli, gzip) = (compressed("br"), compressed("gz"));
        let fields =
            format!("path: {path:?}, bytes: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip}");
        writeln!(list, "    koine_gateway::WebFile {{ {fields} }},").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(variable("OUT_DIR")?.join("web.rs"), list)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_compressed(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "br" || ending == "gz")
}

/// The path in URLs: with slashes, whatever the system has.
fn served_as(client: &Path, file: &Path) -> io::Result<String> {
    let inside = file.strip_prefix(client).map_err(io::Error::other)?;
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok(format!("/{}", parts.join("/")))
}
