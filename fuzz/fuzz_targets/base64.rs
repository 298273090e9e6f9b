//! The target `base64` of `koine_fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| koine_fuzzing::run("base64", input));
