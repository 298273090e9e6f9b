//! The one list of all dialects. What stands here is spoken; a new dialect adds one line.

#![forbid(unsafe_code)]

use koine_dialect::Dialect;
use koine_dialect::client::Speaker;
use std::sync::Arc;

/// Every dialect there is.
pub fn all() -> Vec<Arc<dyn Dialect>> {
    vec![
        Arc::new(koine_minioicq::MiniOicq),
        Arc::new(koine_mode_token::ModeToken),
        Arc::new(koine_native::Native),
        Arc::new(koine_ourchat::OurChat),
        Arc::new(koine_technotrack::Technotrack),
        Arc::new(koine_type_payload::TypePayload),
    ]
}

/// Every way in which they are spoken by the clients of the load generator.
pub fn speakers() -> Vec<Speaker> {
    vec![
        koine_minioicq::SPEAKER,
        koine_minioicq::QT_SPEAKER,
        koine_mode_token::SPEAKER,
        koine_native::SPEAKER,
        koine_ourchat::SPEAKER,
        koine_technotrack::SPEAKER,
        koine_type_payload::SPEAKER,
        koine_type_payload::WEBSOCKET_SPEAKER,
    ]
}
