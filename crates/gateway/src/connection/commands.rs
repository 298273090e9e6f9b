//! What kinds of commands there are, for whoever has them carried out.

use koine_model::message::{self, DraftPart};
use koine_model::{Command, contact, conversation, upload};

/// Whether a command says or does something that others are told, which an account may do only so often. What it says of itself (that
/// it writes, how far it has read, what it is called) is not among that: a later one takes the place of an earlier one.
pub(super) fn tells_others(command: &Command) -> bool {
    use contact::Command as Contact;
    use conversation::Command as Conversation;
    match command {
        Command::Message(command) => {
            matches!(command, message::Command::Post { .. } | message::Command::Amend { .. })
        }
        Command::Upload(command) => matches!(command, upload::Command::Finish { .. }),
        Command::Conversation(command) => match command {
            Conversation::Open { .. }
            | Conversation::Create { .. }
            | Conversation::Add { .. }
            | Conversation::AnswerInvitation { .. }
            | Conversation::Leave { .. }
            | Conversation::Expel { .. }
            | Conversation::Promote { .. }
            | Conversation::Rename { .. }
            | Conversation::Picture { .. }
            | Conversation::Dissolve { .. } => true,
            Conversation::Find { .. }
            | Conversation::List
            | Conversation::Digest
            | Conversation::Invitations
            | Conversation::Clear { .. }
            | Conversation::Words { .. }
            | Conversation::Shelves { .. }
            | Conversation::Room { .. } => false,
        },
        Command::Contact(command) => match command {
            Contact::Add { .. }
            | Contact::Request { .. }
            | Contact::Answer { .. }
            | Contact::Remove { .. } => true,
            Contact::Block { .. } | Contact::Unblock { .. } | Contact::List | Contact::People => false,
        },
        Command::Account(_) | Command::Server(_) => false,
    }
}

/// Whether a command is a post that waits for nothing but the store, which keeps the order of posts.
pub(super) fn is_light_post(command: &Command) -> bool {
    let Command::Message(message::Command::Post { parts, .. }) = command else { return false };
    !parts.iter().any(|part| matches!(part, DraftPart::Upload(_) | DraftPart::Uploaded { .. }))
}
