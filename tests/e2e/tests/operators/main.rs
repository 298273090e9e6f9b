//! Operators' commands, by the real binary: beside a running server, and without one.

mod accounts;
mod channel;
mod export;
mod exported;
mod invitations;
mod keeping;
mod kept_out;
mod koine;
mod no_room;
mod other_user;
mod pruning;
mod restored;
mod sessions;
mod started;
mod stopped;
mod terminal;
