//! Signing in and out, and where one is signed in.

use super::{Outcome, Signed, Step, Stranger, Tried, Verb, handle};
use crate::refusal::{Code, No, usual_name};
use crate::render;
use crate::session::Me;
use crate::wire::{Bare, Nothing, account};
use koine_model::account::{AccountRef, Command, Known, Person, Registration, Reply};
use koine_model::invite::InviteCode;
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::session::SessionId;
use koine_model::token::Token;
use koine_model::{Refusal, Reply as Answer};

pub(super) use account::{Login, Recover, Register, Resume, SessionEnd as End};

shaped! {
    /// Make the token of this session worthless, and be nobody.
    Logout: Bare,
    /// Where one is signed in.
    Sessions: Bare,
}

impl Verb for Register {
    type Answer = account::Signed;

    fn field(field: Field) -> &'static str {
        if field == Field::Name { "nick" } else { usual_name(field) }
    }
}

impl Stranger for Register {
    fn begin(self) -> Tried<account::Signed> {
        let registration = Registration {
            handle: self.handle.map(|text| handle(&text)).transpose()?,
            nick: self.nick,
            nick_is_unique: false,
            secret: Secret::plain(self.password),
            email: self.email.map(|email| email.trim().to_owned()).unwrap_or_default(),
            phone: String::new(),
            sign_in: true,
            invitation: self.invitation.as_deref().map(invitation).transpose()?.flatten(),
        };
        let command = Command::Register(Box::new(registration));
        Ok(Step::ask(command, |outcome| with_a_token(outcome, self.device)))
    }
}

/// The code of an invitation. A field that was left empty has none.
fn invitation(text: &str) -> Result<Option<InviteCode>, Refusal> {
    match text.trim() {
        "" => Ok(None),
        code => InviteCode::parse(code).map(Some).ok_or(Refusal::BadInvitation),
    }
}

impl Verb for Login {
    type Answer = account::Signed;
}

impl Stranger for Login {
    fn begin(self) -> Tried<account::Signed> {
        let who = self.who.reference().map_err(|_| wrong())?;
        let command = Command::SignIn { who, secret: Secret::plain(self.password) };
        Ok(Step::ask(command, |outcome| match outcome {
            Err(Refusal::UnknownAccount | Refusal::WrongSecret) => Err(wrong()),
            other => with_a_token(other, self.device),
        }))
    }
}

/// Whoever has just proven who they are gets a token, or is nobody again.
fn with_a_token(outcome: Outcome, label: String) -> Tried<account::Signed> {
    let Answer::Account(Reply::Signed(person)) = outcome? else { return Err(No::unexpected()) };
    Ok(Step::ask(Command::IssueToken { label }, move |outcome| match outcome {
        Ok(Answer::Account(Reply::Token(token, session))) => {
            let answer = account::Signed {
                me: render::me(&person.profile),
                token: token.expose(),
                session: session.0,
            };
            Ok(Step::SignedIn(Me::new(person.profile.id, token), answer))
        }
        Ok(_) => Ok(nobody_again(No::unexpected())),
        Err(refusal) => Ok(nobody_again(label_is_the_device(refusal))),
    }))
}

/// What is wrong with a token's label is wrong with the name of the device.
fn label_is_the_device(refusal: Refusal) -> No {
    match refusal {
        Refusal::Empty(Field::Name) | Refusal::Unusable(Field::Name) | Refusal::TooLarge(Field::Name) => {
            No::from(refusal).about("device")
        }
        other => other.into(),
    }
}

fn nobody_again<A: serde::Serialize + 'static>(no: No) -> Step<A> {
    Step::ask(Command::SignOut, |_| Err(no))
}

/// Which of the two is wrong is not told to strangers.
fn wrong() -> No {
    No::new(Code::WrongPassword, "wrong name or password")
}

impl Verb for Recover {
    type Answer = Nothing;
}

impl Stranger for Recover {
    fn begin(self) -> Tried<Nothing> {
        let known = Known::Email(self.email.trim().to_owned());
        Ok(Step::only(Command::Recover { who: self.who.reference()?, known }))
    }
}

impl Verb for Resume {
    type Answer = account::Resumed;
}

impl Stranger for Resume {
    fn begin(self) -> Tried<account::Resumed> {
        let token = Token::parse(&self.token).ok_or(Refusal::NotSignedIn)?;
        Ok(Step::ask(Command::Resume { token }, move |outcome| match outcome? {
            Answer::Account(Reply::Resumed(face, session)) => {
                let who = AccountRef::Id(face.id);
                Ok(Step::ask(Command::Find { who }, move |outcome| resumed(outcome, token, session)))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

fn resumed(outcome: Outcome, token: Token, session: SessionId) -> Tried<account::Resumed> {
    match outcome {
        Ok(Answer::Account(Reply::Person(person))) => {
            let Person { profile, .. } = *person;
            let answer = account::Resumed { me: render::me(&profile), session: session.0 };
            Ok(Step::SignedIn(Me::new(profile.id, token), answer))
        }
        Ok(_) => Ok(nobody_again(No::unexpected())),
        Err(refusal) => Ok(nobody_again(refusal.into())),
    }
}

impl Verb for Logout {
    type Answer = Nothing;
}

impl Signed for Logout {
    fn begin(self, me: Me) -> Tried<Nothing> {
        Ok(Step::ask(Command::RevokeToken { token: me.token }, |outcome| {
            outcome?;
            Ok(Step::ask(Command::SignOut, |outcome| {
                outcome?;
                Ok(Step::SignedOut(Nothing {}))
            }))
        }))
    }
}

impl Verb for Sessions {
    type Answer = account::Sessions;
}

impl Signed for Sessions {
    fn begin(self, _: Me) -> Tried<account::Sessions> {
        Ok(Step::ask(Command::Sessions, |outcome| match outcome? {
            Answer::Account(Reply::Sessions(sessions)) => {
                let sessions = sessions.into_iter().map(render::session).collect();
                Ok(Step::Say(account::Sessions { sessions }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for End {
    type Answer = Nothing;
}

impl Signed for End {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::EndSession { session: SessionId(self.session) }))
    }
}
