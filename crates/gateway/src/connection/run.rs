//! What a connection's task is made of.

use super::Connection;
use super::work::Job;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A session that is driven to its end.
///
/// A task is aligned to 128 bytes, of which tokio has 96 for itself, with what the tracker of tasks adds: sixteen are left before it is twice as
/// large. So the connection is a pointer, and what its end needs is made when it is there.
pub(crate) enum Run {
    /// Nothing is left when the end is over.
    Driving(Option<Box<Connection>>),
    Ending(Job<()>),
}

const _: () = assert!(size_of::<Run>() == 16);

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Driving(driven) = &mut *self {
            if let Some(connection) = driven {
                ready!(connection.poll(cx));
            }
            let Some(connection) = driven.take() else { return Poll::Ready(()) };
            *self = Self::Ending(Box::pin(connection.finish()));
        }
        let Self::Ending(end) = &mut *self else { return Poll::Ready(()) };
        let done = end.as_mut().poll(cx);
        if done.is_ready() {
            *self = Self::Driving(None);
        }
        done
    }
}
