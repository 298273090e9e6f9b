//! One's own profile, password and account, and looking others up.

use super::{Outcome, Signed, Step, Tried, Verb, handle};
use crate::refusal::{No, usual_name};
use crate::render;
use crate::session::Me;
use crate::wire::{Nothing, account};
use bytes::Bytes;
use koine_model::Reply as Answer;
use koine_model::account::{Command, ProfileChange, Reply};
use koine_model::refusal::Field;
use koine_model::secret::Secret;

pub(super) use account::{
    AccountDelete as Delete, AccountDeleteConfirm as DeleteConfirm, Avatar, Find, Password, Profile,
};

impl Verb for Find {
    type Answer = account::Somebody;
}

impl Signed for Find {
    fn begin(self, _: Me) -> Tried<account::Somebody> {
        let command = Command::Find { who: self.who.reference()? };
        Ok(Step::ask(command, |outcome| match outcome? {
            Answer::Account(Reply::Person(person)) => {
                Ok(Step::Say(account::Somebody { person: render::person(&person.profile) }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for Profile {
    type Answer = account::Myself;

    fn field(field: Field) -> &'static str {
        if field == Field::Name { "nick" } else { usual_name(field) }
    }
}

impl Signed for Profile {
    fn begin(self, _: Me) -> Tried<account::Myself> {
        let change = ProfileChange {
            handle: self.handle.map(|text| handle(&text)).transpose()?,
            nick: self.nick,
            email: self.email.map(|email| email.trim().to_owned()),
            phone: self.phone,
            status: self.status,
            ..ProfileChange::default()
        };
        Ok(Step::ask(Command::Change(Box::new(change)), changed))
    }
}

impl Verb for Avatar {
    type Answer = account::Myself;
}

impl Signed for Avatar {
    fn begin(self, _: Me) -> Tried<account::Myself> {
        let change = match self.upload {
            Some(key) => ProfileChange { uploaded_picture: Some(key), ..ProfileChange::default() },
            None => ProfileChange { picture: Some(Bytes::new()), ..ProfileChange::default() },
        };
        Ok(Step::ask(Command::Change(Box::new(change)), changed))
    }
}

fn changed(outcome: Outcome) -> Tried<account::Myself> {
    match outcome? {
        Answer::Account(Reply::Person(person)) => {
            Ok(Step::Say(account::Myself { me: render::me(&person.profile) }))
        }
        _ => Err(No::unexpected()),
    }
}

impl Verb for Password {
    type Answer = Nothing;

    fn field(field: Field) -> &'static str {
        if field == Field::Secret { "new" } else { usual_name(field) }
    }
}

impl Signed for Password {
    fn begin(self, _: Me) -> Tried<Nothing> {
        let (old, new) = (Secret::plain(self.old), Secret::plain(self.new));
        Ok(Step::only(Command::ChangePassword { old, new }))
    }
}

impl Verb for Delete {
    type Answer = account::Question;
}

impl Signed for Delete {
    fn begin(self, _: Me) -> Tried<account::Question> {
        let command = Command::AskDelete { secret: Secret::plain(self.password) };
        Ok(Step::ask(command, |outcome| match outcome? {
            Answer::Account(Reply::Question { code, until }) => {
                Ok(Step::Say(account::Question { confirm: code, until: until.0 }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for DeleteConfirm {
    type Answer = Nothing;
}

impl Signed for DeleteConfirm {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::ask(Command::ConfirmDelete { code: self.confirm }, |outcome| {
            outcome?;
            Ok(Step::SignedOut(Nothing {}))
        }))
    }
}
