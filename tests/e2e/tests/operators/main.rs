//! Operators' commands, by the real binary: beside a running server, and without one.

mod accounts;
mod channel;
mod invitations;
mod kept_out;
mod koine;
mod sessions;
