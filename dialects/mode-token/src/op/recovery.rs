//! `recovery`: the document has it commented out; a link by mail is what it will be. It is not written yet.

use super::Tried;
use crate::refusal::{No, Status};
use crate::wire::Fields;

pub(super) fn begin(_: Fields) -> Tried {
    Err(No::new(Status::NotImplemented, "recovery is not implemented"))
}
