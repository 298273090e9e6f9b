//! What the core needs of a store: the trait with its contract, and the suite that every backend passes.
//!
//! # The contract
//!
//! - **One method, one transaction.** It happened as a whole or not at all, and it is named for an
//!   intention. Whatever authority a change needs is looked up in that transaction.
//! - **Answered means on disk.** A change that was answered survives `SIGKILL` and power loss. One that
//!   failed left nothing behind. One whose caller went away may have happened.
//! - **One order.** Each conversation gives its messages the places 1, 2, 3, … without a hole, in the order of
//!   the commits; [`Store::message_append`] calls that were first polled one after the other by one task are
//!   committed in that order, so that a caller may have many under way at once.
//! - **Readers see what was answered.** A read that begins after a change was answered sees that change. Readers
//!   neither wait for writers nor hold them up.
//! - **Refusals are answers.** [`Error::Refused`] is for the client; [`Error::Failed`] is for the log.
//!
//! Nothing relies on one process seeing all writes, and the conversation is the unit of sharding.

#![forbid(unsafe_code)]

pub mod conformance;

mod error;
mod handles;
mod keeping;
mod nouns;
mod operators;
mod proof;
mod sessions;
mod shelves;
mod store;
pub mod words;

pub use error::{Answer, Error, Failure};
pub use handles::handle_candidates;
pub use keeping::{Aged, Cleared, Keeping, Pace, Swept};
pub use koine_model::message::Order;
pub use nouns::{
    Account, Amend, Append, Appended, Caught, Change, ContactEdges, Departure, Edge, Found, Membership,
    Missed, NewAccount, NewGroup, NewUpload, Page, Quota, Requested, Standing, Verifier, Wanted,
    WantedHandle,
};
pub use operators::{AccountRecord, InviteRecord, NewInvite, OperatorStore};
pub use proof::Member;
pub use sessions::{NewPassword, NewToken, TokenOwner, TokenRecord};
pub use shelves::{Marks, MemberRecord, ShelfRecord};
pub use store::Store;
