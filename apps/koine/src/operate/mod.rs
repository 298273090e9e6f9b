//! What operators ask for: accounts, sessions, invitations.
//!
//! A command is a [`wire::Request`]. Where a server runs on the data folder, it is sent to that server through the socket in
//! the folder (`listener`); where none runs, the command opens the store itself (`alone`). Both ways it is carried out by the same
//! function over the same core (`carry_out`), and what it finds is shown by the same code (`ask`).
//!
//! What only reads, or what needs a server that does not run, goes neither way: `backup`, `restore`, `export` and `fsck` work on the data folder.
//!
//! A command of one's own: a request and the items that it answers with in `wire`, a file of one's own with what it does and how it is shown,
//! an arm in `carry_out`.

mod accounts;
mod address;
mod alone;
mod ask;
mod backup;
mod bar;
mod carry_out;
mod export;
mod fsck;
mod interrupt;
mod invites;
mod listener;
mod password;
mod people;
mod prune;
mod restore;
mod screen;
mod sessions;
mod shown;
mod watch;
mod wire;

pub(crate) use accounts::run as run_account;
pub(crate) use backup::run as run_backup;
pub(crate) use export::run as run_export;
pub(crate) use fsck::run as run_fsck;
pub(crate) use interrupt::Interrupted;
pub(crate) use invites::run as run_invite;
pub(crate) use listener::Listener;
pub(crate) use prune::run as run_prune;
pub(crate) use restore::run as run_restore;
pub(crate) use sessions::run as run_sessions;
pub(crate) use shown::Unread;
