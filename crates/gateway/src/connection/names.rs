//! What requests and refusals are called where they are counted. The words are part of what operators rely on.

use koine_model::{Command, Refusal, account, contact, conversation, message, server, upload};

/// The request that is made most often.
pub(super) const POST: &str = "message_post";

/// What is asked for.
pub(super) fn request(command: &Command) -> &'static str {
    match command {
        Command::Account(command) => account(command),
        Command::Contact(command) => contact(command),
        Command::Conversation(command) => conversation(command),
        Command::Message(command) => message(command),
        Command::Server(server::Command::Status) => "server_status",
        Command::Upload(command) => upload(command),
    }
}

fn account(command: &account::Command) -> &'static str {
    use account::Command;
    match command {
        Command::Register(_) => "account_register",
        Command::RegisterVerified(_) => "account_register_verified",
        Command::VerifyEmail { .. } => "account_verify_email",
        Command::Recover { .. } => "account_recover",
        Command::SignIn { .. } => "account_sign_in",
        Command::SignOut => "account_sign_out",
        Command::IssueToken { .. } => "account_issue_token",
        Command::Sessions => "account_sessions",
        Command::EndSession { .. } => "account_end_session",
        Command::ChangePassword { .. } => "account_change_password",
        Command::AskDelete { .. } => "account_ask_delete",
        Command::ConfirmDelete { .. } => "account_confirm_delete",
        Command::Resume { .. } => "account_resume",
        Command::RevokeToken { .. } => "account_revoke_token",
        Command::Listen { .. } => "account_listen",
        Command::Find { .. } => "account_find",
        Command::Match { .. } => "account_match",
        Command::Change(_) => "account_change",
        Command::Delete => "account_delete",
    }
}

fn contact(command: &contact::Command) -> &'static str {
    use contact::Command;
    match command {
        Command::Add { .. } => "contact_add",
        Command::Request { .. } => "contact_request",
        Command::Answer { .. } => "contact_answer",
        Command::Remove { .. } => "contact_remove",
        Command::Block { .. } => "contact_block",
        Command::Unblock { .. } => "contact_unblock",
        Command::List => "contact_list",
        Command::People => "contact_people",
    }
}

fn conversation(command: &conversation::Command) -> &'static str {
    use conversation::Command;
    match command {
        Command::Open { .. } => "conversation_open",
        Command::Create { .. } => "conversation_create",
        Command::Find { .. } => "conversation_find",
        Command::List => "conversation_list",
        Command::Digest => "conversation_digest",
        Command::Add { .. } => "conversation_add",
        Command::Invitations => "conversation_invitations",
        Command::AnswerInvitation { .. } => "conversation_answer_invitation",
        Command::Leave { .. } => "conversation_leave",
        Command::Clear { .. } => "conversation_clear",
        Command::Expel { .. } => "conversation_expel",
        Command::Promote { .. } => "conversation_promote",
        Command::Rename { .. } => "conversation_rename",
        Command::Picture { .. } => "conversation_picture",
        Command::Words { .. } => "conversation_words",
        Command::Shelves { .. } => "conversation_shelves",
        Command::Room { .. } => "conversation_room",
        Command::Dissolve { .. } => "conversation_dissolve",
    }
}

fn message(command: &message::Command) -> &'static str {
    use message::Command;
    match command {
        Command::Post { .. } => POST,
        Command::History { .. } => "message_history",
        Command::Chronicle { .. } => "message_chronicle",
        Command::Recent { .. } => "message_recent",
        Command::Amend { .. } => "message_amend",
        Command::Versions { .. } => "message_versions",
        Command::Leaf { .. } => "message_leaf",
        Command::Search(_) => "message_search",
        Command::Read { .. } => "message_read",
        Command::Typing { .. } => "message_typing",
    }
}

fn upload(command: &upload::Command) -> &'static str {
    use upload::Command;
    match command {
        Command::Begin { .. } => "upload_begin",
        Command::Append { .. } => "upload_append",
        Command::Finish { .. } => "upload_finish",
        Command::Open { .. } => "upload_open",
        Command::Look { .. } => "upload_look",
        Command::Extend { .. } => "upload_extend",
        Command::Drop { .. } => "upload_drop",
        Command::Read { .. } => "upload_read",
        Command::Taken { .. } => "upload_taken",
    }
}

/// Why not.
pub(super) fn refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotSignedIn => "not_signed_in",
        Refusal::AlreadySignedIn => "already_signed_in",
        Refusal::SignedInElsewhere => "signed_in_elsewhere",
        Refusal::WrongSecret => "wrong_secret",
        Refusal::UnknownAccount => "unknown_account",
        Refusal::HandleTaken => "handle_taken",
        Refusal::NickTaken => "nick_taken",
        Refusal::EmailTaken => "email_taken",
        Refusal::UnknownConversation => "unknown_conversation",
        Refusal::UnknownMessage => "unknown_message",
        Refusal::NotAuthor => "not_author",
        Refusal::Blocked => "blocked",
        Refusal::NotLeader => "not_leader",
        Refusal::Yourself => "yourself",
        Refusal::Already => "already",
        Refusal::NotThere => "not_there",
        Refusal::NotFriends => "not_friends",
        Refusal::Empty(_) => "empty",
        Refusal::Unusable(_) => "unusable",
        Refusal::TooLarge(_) => "too_large",
        Refusal::KeyReused => "key_reused",
        Refusal::TooManyTokens => "too_many_tokens",
        Refusal::Unverified => "unverified",
        Refusal::NoMail => "no_mail",
        Refusal::Maintenance => "maintenance",
        Refusal::Disabled => "disabled",
        Refusal::RegistrationClosed => "registration_closed",
        Refusal::InvitationNeeded => "invitation_needed",
        Refusal::BadInvitation => "bad_invitation",
        Refusal::Busy => "busy",
        Refusal::TooOften { .. } => "too_often",
        Refusal::Quota => "quota",
        Refusal::Failed(_) => "failed",
    }
}
