//! `recovery`: the document has it commented out; a link by mail is what it will be. There is no mail yet.

use super::Tried;
use crate::refusal::{No, Status};
use crate::wire::Fields;

pub(super) fn begin(_: Fields) -> Tried {
    Err(No::new(Status::NotImplemented, "this server sends no mail"))
}
