//! How often each place in the net may do something that the core does not know of.

use super::bucket::{Bucket, Moment, Rate};
use super::peer::Peer;
use super::table::Table;
use std::time::Duration;

/// A bucket for each place.
pub struct PerPeer {
    rate: Option<Rate>,
    buckets: Table<Peer, Bucket>,
}

impl PerPeer {
    /// Full buckets that fill at this rate; without one there is no limit.
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: Table::default() }
    }

    /// Takes one for `peer`, or tells in how long there is one.
    pub fn take(&self, peer: Peer, now: Moment) -> Result<(), Duration> {
        self.buckets.take(peer, self.rate, now)
    }

    /// Lets go of what means nothing any more, now and then; tells how many entries went.
    pub fn tend(&self, now: Moment) -> usize {
        self.buckets.tend(now)
    }
}
