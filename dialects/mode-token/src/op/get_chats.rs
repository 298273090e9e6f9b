//! `getChats`: all chats of the caller, with the last message of each.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::render;
use crate::wire::{Body, Fields};
use koine_model::Reply as Answer;
use koine_model::conversation::{Command, Reply};

pub(super) fn begin(_: Fields, asker: Asker<'_>) -> Tried {
    let (viewer, links) = (asker.face.id, asker.links.clone());
    Ok(Step::ask(Command::Digest, move |outcome| match outcome? {
        Answer::Conversation(Reply::Digests(digests)) => {
            let lines = digests.iter().map(|digest| render::line(digest, viewer, &links));
            Ok(Step::Say(Body::Chats { chats: lines.collect() }))
        }
        _ => Err(No::unexpected()),
    }))
}
