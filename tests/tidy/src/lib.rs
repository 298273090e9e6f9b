//! The walls of the project: what STYLE.md and the design forbid, as data and as pure functions of text.
//!
//! The tests in `tests/` apply them to the real tree; the tests in here show that each of them can fail.

#![forbid(unsafe_code)]

pub mod protocols;
pub mod rules;
pub mod style;
pub mod tree;
pub mod workspace;
