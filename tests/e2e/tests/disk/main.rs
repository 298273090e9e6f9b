//! A disk that is full, fails or is slow: what cannot be done is refused in every dialect's words, what was acknowledged stays, and the
//! server goes on when the disk does.

#![cfg(target_os = "linux")]

mod busy;
mod forgetful;
mod house;
mod media_busy;
mod refused;
mod renewed;
mod replaced;
mod slow;
mod talker;
mod unreadable;
mod untold;
