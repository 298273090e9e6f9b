//! What the fuzz targets do with their input: one function a target, which panics on what must not be.
//!
//! The binaries in `fuzz/` hand libFuzzer's inputs to these functions; the test of this crate hands them the seeds and
//! everything that was ever found. So a finding is replayed by `make test`, on any toolchain.

#![forbid(unsafe_code)]

mod decoders;
mod input;
mod made;
mod sessions;
mod websocket;

/// A fuzz target: its name, which is that of its binary, and what it does with an input.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of its binary and of its folders of seeds and findings.
    pub name: &'static str,
    /// Panics when the input shows a mistake.
    pub run: fn(&[u8]),
}

/// Every target. A new one adds a line here, a binary in `fuzz/fuzz_targets` and its seeds.
pub const TARGETS: &[Target] = &[
    Target { name: "base64", run: decoders::base64 },
    Target { name: "handshake", run: websocket::handshake },
    Target { name: "iso8601", run: decoders::iso8601 },
    Target { name: "json_lenient", run: decoders::json_lenient },
    Target { name: "json_stream", run: decoders::json_stream },
    Target { name: "markup", run: decoders::markup },
    Target { name: "messagepack", run: sessions::messagepack },
    Target { name: "names", run: decoders::names },
    Target { name: "python_literals", run: sessions::python_literals },
    Target { name: "rows", run: decoders::rows },
    Target { name: "sessions", run: sessions::sessions },
    Target { name: "websocket", run: websocket::websocket },
];

/// Runs the target `name` on one input.
///
/// # Panics
///
/// When there is no such target, or the input shows a mistake.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no target {name}")).run)(input);
}
