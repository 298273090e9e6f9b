//! The shapes that travel: what is read of a frame, and what a frame is made of.
//!
//! Nothing here knows what a message means; `op` and `render` do.

mod body;
mod scalar;
mod value;

pub(crate) use body::Body;
pub(crate) use scalar::Scalar;
pub(crate) use value::Value;
