//! What an export says, as JSON. These names and shapes are kept: `docs/export.md` describes them.

use koine_model::account::Profile;
use koine_model::conversation::{Conversation, Kind};
use koine_model::media::Blob;
use koine_model::message::{Act, Deed, Markup, Part};
use koine_model::secret::Form;
use koine_model::{AccountId, Timestamp};
use koine_store_sqlite::{Belongings, Entry, Owner};
use serde_json::{Value, json};
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Puts another field into an object.
pub(super) fn add(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}

/// A moment as RFC 3339 says, to the millisecond; null for one that no calendar has.
pub(super) fn moment(at: Timestamp) -> Value {
    let nanoseconds = i128::from(at.0).saturating_mul(1_000_000);
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).map_or(Value::Null, Value::from)
}

/// Somebody as far as others see them; where nothing is known of them, their number.
pub(super) fn person(id: AccountId, profile: Option<&Profile>) -> Value {
    match profile {
        Some(profile) => json!({
            "id": id.number(),
            "handle": profile.handle.as_str(),
            "nick": profile.nick,
            "deleted": profile.deleted,
        }),
        None => json!({ "id": id.number() }),
    }
}

pub(super) fn profile(account: &Owner, belongings: &Belongings, picture: &Value) -> Value {
    let profile = &account.profile;
    let forms: Vec<_> = belongings.forms.iter().map(|form| form_name(*form)).collect();
    json!({
        "id": profile.id.number(),
        "handle": profile.handle.as_str(),
        "handles": belongings.handles,
        "nick": profile.nick,
        "email": profile.email,
        "phone": profile.phone,
        "status": profile.status,
        "picture": picture,
        "created": moment(profile.created),
        "deleted": profile.deleted,
        "disabled": account.disabled,
        "password_forms": forms,
        "answers_requests": account.answers_requests,
    })
}

pub(super) fn sessions(belongings: &Belongings) -> Value {
    let sessions = belongings.tokens.iter().map(|token| {
        json!({
            "session": token.session.0,
            "device": token.device,
            "label": token.label,
            "created": moment(token.created),
            "used": moment(token.used),
        })
    });
    json!({ "sessions": sessions.collect::<Vec<_>>() })
}

pub(super) fn conversation(conversation: &Conversation) -> Value {
    json!({
        "id": conversation.id.number(),
        "kind": match conversation.kind {
            Kind::Direct => "direct",
            Kind::Group => "group",
        },
        "name": conversation.name,
        "created": moment(conversation.created),
    })
}

/// A message or an act, without its sender, parts and reactions.
pub(super) fn entry(entry: &Entry, owner: AccountId) -> Value {
    let message = &entry.message;
    let versions =
        entry.versions.iter().map(|version| json!({ "at": moment(version.at), "text": version.text }));
    json!({
        "conversation": message.place.conversation.number(),
        "seq": message.place.seq.number(),
        "at": moment(message.at),
        "own": message.sender == owner,
        "visible": entry.visible,
        "key": entry.key,
        "edited": message.edited.map(moment),
        "versions": versions.collect::<Vec<_>>(),
    })
}

/// A part of a message. A file's place is added by whoever writes the file.
pub(super) fn part(part: &Part) -> Value {
    match part {
        Part::Text { text, markup } => json!({
            "kind": "text",
            "text": text,
            "markup": match markup {
                Markup::Plain => "plain",
                Markup::Html => "html",
            },
        }),
        Part::Media(media) => json!({
            "kind": "media",
            "name": media.name,
            "mime": media.mime,
            "size": media.blob.size,
            "sha256": hexadecimal(&media.blob.hash),
        }),
        Part::Foreign { dialect, payload, text } => json!({
            "kind": "foreign",
            "dialect": dialect,
            "payload": hexadecimal(payload),
            "text": text,
        }),
        Part::Reply { to } => json!({ "kind": "reply", "to": to.number() }),
        Part::Act(Act { target, deed }) => match deed {
            Deed::Edited(text) => json!({ "kind": "edit", "of": target.number(), "text": text }),
            Deed::Deleted => json!({ "kind": "deletion", "of": target.number() }),
            Deed::Reacted { emoji, on } => {
                json!({ "kind": "reaction", "of": target.number(), "emoji": emoji, "on": on })
            }
        },
        Part::Removed => json!({ "kind": "removed" }),
    }
}

/// What a file is called: its hash, and the ending of the name that somebody gave it, where that is a harmless one.
pub(super) fn file_name(blob: &Blob, name: &str) -> String {
    hexadecimal(&blob.hash) + &ending(name)
}

/// The ending of a name with its dot, where it is a harmless one.
pub(super) fn ending(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, ending))
            if (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            format!(".{}", ending.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Plain => "plain",
        Form::Md5 => "md5",
        Form::Sha256 => "sha256",
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere() {
        let blob = Blob { hash: [0xab; 32], size: 1 };
        let check = |name: &str, ending: &str| {
            assert_eq!(file_name(&blob, name), format!("{}{ending}", "ab".repeat(32)), "{name:?}");
        };
        check("cat.PNG", ".png");
        check("archive.tar.gz", ".gz");
        for name in ["", "cat", "cat.", "../../etc/passwd", "a./b", "x.verylongending", "x.p\u{202e}ng", ".."]
        {
            check(name, "");
        }
    }

    #[test]
    fn moments_are_told_to_the_millisecond() {
        assert_eq!(moment(Timestamp(1_763_726_400_042)), json!("2025-11-21T12:00:00.042Z"));
        assert_eq!(moment(Timestamp(i64::MAX)), Value::Null);
    }
}
