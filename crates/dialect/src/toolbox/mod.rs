//! What two dialects need alike, so that neither copies it from the other.

pub mod base64;
pub mod content;
pub mod iso8601;
pub mod json_stream;
pub mod lenient;
pub use koine_model::markup;
pub mod pending;
pub mod sniff;
