//! What a client can get wrong in its frames, and the close code that says so.

use super::CloseCode;

/// Why the bytes of a client are no frames. The connection fails: nothing after it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProtocolError {
    /// A reserved bit is set, though no extension was agreed on.
    #[error("a reserved bit is set in a frame's header")]
    ReservedBits,
    /// An opcode that RFC 6455 keeps for later.
    #[error("opcode {0:#x} is reserved")]
    ReservedOpcode(u8),
    /// A frame of a client without a mask.
    #[error("a frame is not masked")]
    Unmasked,
    /// A length that fits a shorter form, or is over 2^63.
    #[error("a frame's length is not in its shortest form")]
    MalformedLength,
    /// A control frame without FIN.
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// A control frame of more than 125 bytes.
    #[error("a control frame is longer than 125 bytes")]
    LongControl,
    /// A continuation of nothing.
    #[error("a continuation frame continues no message")]
    StrayContinuation,
    /// A new message before the last one ended.
    #[error("a message begins inside another one")]
    InterruptedMessage,
    /// A close frame of one byte, which is half a code.
    #[error("a close frame holds half a code")]
    TruncatedCloseCode,
    /// A close code that may not be sent.
    #[error("{0} is no close code that may be sent")]
    InvalidCloseCode(u16),
    /// Text, or the reason of a close frame, that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// A message that is, or says it will be, longer than the limit.
    #[error("a message is over the limit")]
    TooLarge,
}

impl ProtocolError {
    /// The code to close with.
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::Unmasked
            | Self::MalformedLength
            | Self::FragmentedControl
            | Self::LongControl
            | Self::StrayContinuation
            | Self::InterruptedMessage
            | Self::TruncatedCloseCode
            | Self::InvalidCloseCode(_) => CloseCode::PROTOCOL_ERROR,
            Self::NotUtf8 => CloseCode::INVALID_DATA,
            Self::TooLarge => CloseCode::TOO_LARGE,
        }
    }
}
