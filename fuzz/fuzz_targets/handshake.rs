//! The target `handshake` of `koine_fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| koine_fuzzing::run("handshake", input));
