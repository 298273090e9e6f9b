//! Pictures: how they are drawn, and brought to the server.

use koine_dialect::toolbox::base64;
use koine_e2e::fetch::try_ask;
use std::net::SocketAddr;

/// A picture that belongs to a word. No two words have the same.
pub(crate) fn drawn(word: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    // As long as several pages of the database.
    while bytes.len() < 9_000 {
        bytes.extend(word.bytes());
    }
    bytes
}

/// Uploads a picture for whoever has this token. Tells what requests call it.
pub(crate) async fn upload(http: SocketAddr, token: &str, bytes: &[u8]) -> Result<String, String> {
    let bearer = ("Authorization", format!("Bearer {token}"));
    let version = ("Tus-Resumable", "1.0.0".to_owned());
    let metadata =
        format!("filename {},filetype {}", base64::encode(b"drawn.png"), base64::encode(b"image/png"));
    let headers = [
        bearer.clone(),
        version.clone(),
        ("Upload-Length", bytes.len().to_string()),
        ("Upload-Metadata", metadata),
    ];
    let made = try_ask(http, "POST", "/api/uploads", &headers, &[]).await?;
    if made.status != 201 {
        return Err(format!("status {}: {}", made.status, String::from_utf8_lossy(&made.body)));
    }
    let name = made.header("location").rsplit('/').next().unwrap_or_default().to_owned();
    let kind = ("Content-Type", "application/offset+octet-stream".to_owned());
    let headers = [bearer, version, ("Upload-Offset", "0".to_owned()), kind];
    let sent = try_ask(http, "PATCH", &format!("/api/uploads/{name}"), &headers, bytes).await?;
    match sent.status {
        204 => Ok(name),
        status => Err(format!("status {status}: {}", String::from_utf8_lossy(&sent.body))),
    }
}
