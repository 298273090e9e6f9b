//! A person's picture, as clients refer to it.

use koine_model::account::Person;
use sha2::{Digest, Sha256};

/// The SHA-256 of the picture that is served, in hexadecimal digits; `None` where the picture is not at hand.
pub(crate) fn hash(person: &Person) -> Option<String> {
    let digest: [u8; 32] = match &person.profile.avatar {
        Some(blob) => blob.hash,
        None if person.picture.is_empty() => return None,
        None => Sha256::digest(&person.picture).into(),
    };
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ann, bob};

    #[test]
    fn a_hash_is_that_of_the_bytes() {
        // What `printf drawn | sha256sum` says.
        let drawn = "8b6df8c11847ada8266bad5b8737f94c208c411a3ebe18e27aad31bfb7eb8767";
        assert_eq!(hash(&ann()).unwrap(), drawn);
        assert_eq!(hash(&bob()).unwrap(), "09".repeat(32));
    }
}
