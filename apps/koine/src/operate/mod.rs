//! What operators ask for: accounts, sessions, invitations.
//!
//! A command is a [`wire::Request`]. Where a server runs on the data folder, it is sent to that server through the socket in
//! the folder (`listener`); where none runs, the command opens the store itself (`alone`). Both ways it is carried out by the same
//! function over the same core (`carry_out`), and what it finds is shown by the same code (`ask`).
//!
//! A command of one's own: a request and the items that it answers with in `wire`, a file of one's own with what it does and how it is shown,
//! an arm in `carry_out`.

mod accounts;
mod address;
mod alone;
mod ask;
mod carry_out;
mod invites;
mod listener;
mod password;
mod people;
mod sessions;
mod shown;
mod wire;

pub(crate) use accounts::run as run_account;
pub(crate) use invites::run as run_invite;
pub(crate) use listener::Listener;
pub(crate) use sessions::run as run_sessions;
