//! The codes of the document, and ours where it has none.
//!
//! | | the document's | ours |
//! |---|---|---|
//! | register | 1001 unusable, 1002 exists, 1003 server error | |
//! | login | 2001 credentials, 2002 logged in, 2003 not found, 2004 server error | 2001 also for whatever needs a login, 2005 unusable |
//! | friends, texts | 3001 not found, 3002 server error, 3004 rejected | 3003 no such request or friend, 3005 an empty or too large text |
//! | groups | 4001 not friends, 5001 rejected | 4002 name in use, 4003 not the leader, 4004 no such group, 4005 unusable, 4006 server error, 4007 no such member |
//! | media | | 5101 chunk out of range, 5102 wrong total, 5103 wrong size, 5104 no base64 |
//! | history | 6001 none | 6002 server error |
//! | all | | 7001 not understood |

use koine_model::Refusal;

/// It was done.
pub(crate) const DONE: u32 = 0;
/// A friend request was rejected.
pub(crate) const REJECTED: u32 = 3004;
/// Not all members are friends.
pub(crate) const NOT_FRIENDS: u32 = 4001;
/// The name is one of a group that the user is in.
pub(crate) const NAME_IN_USE: u32 = 4002;
/// The user is in no such group.
pub(crate) const NO_SUCH_GROUP: u32 = 4004;
/// An invitation was rejected.
pub(crate) const INVITATION_REJECTED: u32 = 5001;
/// There is no history.
pub(crate) const NO_HISTORY: u32 = 6001;
/// A frame that is no request.
pub(crate) const NOT_UNDERSTOOD: u32 = 7001;

/// Which table of codes answers a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Register,
    Login,
    Friends,
    Groups,
    Texts,
    Media,
    History,
    /// What concerns oneself alone.
    Own,
}

/// What a refusal is about, as far as any table tells it apart.
#[derive(Clone, Copy)]
enum Why {
    Stranger,
    Elsewhere,
    WrongSecret,
    NoPerson,
    NoGroup,
    NotLeader,
    Taken,
    NotThere,
    NotFriends,
    Unusable,
    TooLarge,
    Failed,
}

/// The code of a refusal.
pub(crate) fn code(family: Family, refusal: Refusal) -> u32 {
    let why = why(refusal);
    match family {
        Family::Register => match why {
            Why::Taken => 1002,
            Why::Failed => 1003,
            _ => 1001,
        },
        Family::Login => match why {
            Why::Elsewhere => 2002,
            Why::NoPerson => 2003,
            Why::Failed => 2004,
            _ => 2001,
        },
        Family::Friends => match why {
            Why::NoPerson => 3001,
            Why::NotThere => 3003,
            _ => 3002,
        },
        Family::Groups => match why {
            Why::Stranger | Why::Elsewhere | Why::WrongSecret => 2001,
            Why::NotFriends => NOT_FRIENDS,
            Why::Taken => NAME_IN_USE,
            Why::NotLeader => 4003,
            Why::NoGroup => NO_SUCH_GROUP,
            Why::Unusable | Why::TooLarge => 4005,
            Why::Failed => 4006,
            Why::NoPerson | Why::NotThere => 4007,
        },
        Family::Texts | Family::Media => match why {
            Why::Stranger | Why::Elsewhere | Why::WrongSecret => 2001,
            Why::NoPerson | Why::NoGroup | Why::NotThere => 3001,
            Why::TooLarge if family == Family::Media => 5103,
            Why::Unusable | Why::TooLarge => 3005,
            _ => 3002,
        },
        Family::History => match why {
            Why::Stranger | Why::Elsewhere | Why::WrongSecret => 2001,
            Why::Failed => 6002,
            _ => NO_HISTORY,
        },
        Family::Own => match why {
            Why::Failed => 2004,
            Why::Unusable | Why::TooLarge => 2005,
            _ => 2001,
        },
    }
}

fn why(refusal: Refusal) -> Why {
    match refusal {
        Refusal::NotSignedIn | Refusal::AlreadySignedIn => Why::Stranger,
        Refusal::SignedInElsewhere => Why::Elsewhere,
        Refusal::WrongSecret | Refusal::Unverified | Refusal::Disabled => Why::WrongSecret,
        Refusal::UnknownAccount | Refusal::Yourself => Why::NoPerson,
        Refusal::HandleTaken | Refusal::NickTaken | Refusal::EmailTaken => Why::Taken,
        Refusal::UnknownConversation => Why::NoGroup,
        Refusal::NotLeader | Refusal::NotAuthor => Why::NotLeader,
        Refusal::Already | Refusal::NotThere | Refusal::UnknownMessage => Why::NotThere,
        Refusal::NotFriends | Refusal::Blocked => Why::NotFriends,
        Refusal::Empty(_)
        | Refusal::Unusable(_)
        | Refusal::RegistrationClosed
        | Refusal::InvitationNeeded
        | Refusal::BadInvitation => Why::Unusable,
        Refusal::TooLarge(_) | Refusal::Quota => Why::TooLarge,
        Refusal::KeyReused
        | Refusal::TooManyTokens
        | Refusal::NoMail
        | Refusal::Maintenance
        | Refusal::Busy
        | Refusal::TooOften { .. }
        | Refusal::Failed(_) => Why::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::Incident;
    use koine_model::refusal::Field;

    #[test]
    fn every_code_that_a_refusal_can_have() {
        let check =
            |family, refusal, expected| assert_eq!(code(family, refusal), expected, "{family:?} {refusal:?}");
        let failed = Refusal::Failed(Incident(1));
        check(Family::Register, Refusal::Unusable(Field::Handle), 1001);
        check(Family::Register, Refusal::HandleTaken, 1002);
        check(Family::Register, failed, 1003);
        check(Family::Login, Refusal::WrongSecret, 2001);
        check(Family::Login, Refusal::SignedInElsewhere, 2002);
        check(Family::Login, Refusal::UnknownAccount, 2003);
        check(Family::Login, failed, 2004);
        check(Family::Login, Refusal::TooOften { seconds: 8 }, 2004);
        check(Family::Friends, Refusal::UnknownAccount, 3001);
        check(Family::Friends, failed, 3002);
        check(Family::Friends, Refusal::NotThere, 3003);
        check(Family::Groups, Refusal::NotFriends, 4001);
        check(Family::Groups, Refusal::NotLeader, 4003);
        check(Family::Groups, Refusal::UnknownConversation, 4004);
        check(Family::Groups, Refusal::Empty(Field::Name), 4005);
        check(Family::Groups, failed, 4006);
        check(Family::Groups, Refusal::NotThere, 4007);
        check(Family::Texts, Refusal::UnknownAccount, 3001);
        check(Family::Texts, Refusal::TooLarge(Field::Message), 3005);
        check(Family::Media, Refusal::TooLarge(Field::Message), 5103);
        check(Family::Media, Refusal::Quota, 5103);
        check(Family::History, Refusal::UnknownAccount, 6001);
        check(Family::History, failed, 6002);
        check(Family::Own, Refusal::NotSignedIn, 2001);
        check(Family::Own, failed, 2004);
    }
}
