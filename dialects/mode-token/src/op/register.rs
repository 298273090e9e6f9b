//! `register`: make an account, and have a token at once.

use super::auth::with_a_token;
use super::{Step, Tried, account};
use crate::wire::Fields;
use koine_model::account::{Command, Registration};
use koine_model::secret::Secret;

pub(super) fn begin(mut fields: Fields) -> Tried {
    let username = fields.text("username")?;
    let (password, email) = (fields.text("password")?, fields.text("email")?);
    let handle = account::handle(&username)?;
    let registration = Registration {
        nick: handle.to_string(),
        handle: Some(handle),
        nick_is_unique: false,
        secret: Secret::plain(password),
        email: email.trim().to_owned(),
        phone: String::new(),
        sign_in: true,
        invitation: None,
    };
    Ok(Step::ask(Command::Register(Box::new(registration)), with_a_token))
}
