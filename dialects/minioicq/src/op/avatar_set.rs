//! `avatar.set`: have another picture. An empty one takes the picture away.

use super::{Asked, Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::session::Session;
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_model::account::{Command, ProfileChange, Reply};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct AvatarSet {
    #[serde(default)]
    avatar: Scalar,
}

impl Verb for AvatarSet {
    const ACTION: &'static str = "avatar.set";
    const FAILURE: &'static str = "avatar.set.fail";

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let picture = self.avatar.bytes("avatar")?.ok_or("avatar is missing")?;
        let change = ProfileChange { picture: Some(picture.into()), ..ProfileChange::default() };
        session.ask(Asked::Avatar, Command::Change(Box::new(change)), out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: Outcome) -> Value {
    match outcome {
        Ok(koine_model::Reply::Account(Reply::Person(_))) => Value::action("avatar.set.ack", []),
        Ok(_) => refusal::failure(AvatarSet::FAILURE, refusal::UNEXPECTED),
        Err(refusal) => refusal::refused::<AvatarSet>(refusal),
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, person};
    use koine_model::account::{Command, Reply};
    use koine_model::refusal::Field;
    use koine_model::{Command as Any, Refusal};
    use serde_json::json;

    #[test]
    fn the_picture_comes_as_bytes_or_in_base64() {
        for avatar in [json!({"$bin": "AQID"}), json!("AQID")] {
            let mut bench = Bench::signed_in(Form::Pack);
            let did = bench.says(&json!({"action": "avatar.set", "avatar": avatar}));
            let [Did::Ran(Any::Account(Command::Change(change)))] = did.as_slice() else { panic!("{did:?}") };
            assert_eq!(change.picture.as_deref(), Some([1, 2, 3].as_slice()));
            let did = bench.gets(Ok(Reply::Person(Box::new(person(1, "Ann"))).into()));
            assert_eq!(did, vec![Did::Sent(json!({"action": "avatar.set.ack"}))]);
        }
    }

    #[test]
    fn what_is_no_picture_fails() {
        let fail = |reason: &str| vec![Did::Sent(json!({"action": "avatar.set.fail", "reason": reason}))];
        let mut bench = Bench::signed_in(Form::Qt);
        assert_eq!(bench.says(&json!({"action": "avatar.set", "avatar": "?"})), fail("avatar is not Base64"));
        assert_eq!(bench.says(&json!({"action": "avatar.set"})), fail("avatar is missing"));
        bench.says(&json!({"action": "avatar.set", "avatar": "AQID"}));
        assert_eq!(bench.gets(Err(Refusal::TooLarge(Field::Picture))), fail("The picture is too large"));
    }
}
