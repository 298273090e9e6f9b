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

/// Who may make an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Registration {
    /// Everybody.
    #[default]
    Open,
    /// Whoever has an invitation.
    Invitation,
    /// Nobody but those for whom an operator makes one.
    Closed,
}

/// How the server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Everybody may sign in.
    Running,
    /// Only operators may sign in.
    Maintenance,
}
