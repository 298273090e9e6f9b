//! The server itself: whether it serves everybody.

/// What can be asked about the server, by anybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// How is it? Answered with [`Reply::Status`].
    Status,
}

/// Answers about the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// How it is.
    Status(Status),
}

/// How the server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Everybody may sign in.
    Running,
    /// Only operators may sign in.
    Maintenance,
}
