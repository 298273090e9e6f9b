//! The target `iso8601` of `koine_fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| koine_fuzzing::run("iso8601", input));
