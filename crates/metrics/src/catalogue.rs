//! Everything that is counted. `docs/operating.md` says of each what to make of it; a test compares the two.

use crate::cell::{Counter, Gauge, Histogram, Unit};
use crate::family::{Family, Metric, Single};

/// From a tenth of a millisecond to ten seconds.
const TIMES: &[u64] = &[
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
];

const BATCHES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const fn times() -> Histogram {
    Histogram::new(Unit::Nanoseconds, TIMES)
}

const fn batches() -> Histogram {
    Histogram::new(Unit::Things, BATCHES)
}

/// Says what there is, and lists it.
macro_rules! catalogue {
    (@type $cell:ident) => { Single<$cell> };
    (@type $cell:ident $labels:tt) => { Family<$cell> };
    (@make $name:literal $help:literal $make:expr) => { Single::new($name, $help, $make()) };
    (@make $name:literal $help:literal $make:expr, [$($label:literal),+]) => {
        Family::new($name, $help, &[$($label),+], $make)
    };
    ($($constant:ident: $cell:ident $([$($label:literal),+])? = $make:expr, $name:literal, $help:literal;)+) => {
        $(
            #[doc = $help]
            pub static $constant: catalogue!(@type $cell $([$($label),+])?) =
                catalogue!(@make $name $help $make $(, [$($label),+])?);
        )+

        /// All of it, in the order of the page.
        pub(crate) static ALL: &[&dyn Metric] = &[$(&$constant),+];
    };
}

catalogue! {
    BUILD: Gauge["version"] = Gauge::new, "koine_build_info", "Which version runs; the number is always 1.";
    CONNECTIONS: Gauge["dialect", "carriage"] = Gauge::new, "koine_connections",
        "Open connections of a dialect, signed in or not.";
    CONNECTIONS_HELD: Gauge = Gauge::new, "koine_connections_held",
        "Open connections of every kind, plain HTTP and handshakes among them: what limits.connections is for.";
    CONNECTIONS_OF_ADDRESS: Gauge = Gauge::new, "koine_connections_of_one_address",
        "The most open connections that one address has now: what limits.connections_per_address is for.";
    SESSIONS: Gauge["dialect"] = Gauge::new, "koine_sessions", "Connections on which somebody is signed in.";
    ACCEPTED: Counter["listener"] = Counter::new, "koine_connections_accepted_total",
        "Connections that were accepted, by what is spoken on the port.";
    MESSAGES: Counter["dialect"] = Counter::new, "koine_messages_total",
        "Messages that were acknowledged to whoever posted them, repetitions included, edits and reactions not.";
    DELIVERIES: Counter["dialect"] = Counter::new, "koine_deliveries_total",
        "Messages, edits and reactions that were handed to a connection, those caught up with included.";
    DELIVERY_SECONDS: Histogram["dialect"] = times, "koine_delivery_seconds",
        "From when a message was posted to when it was handed to a connection that was there already.";
    REQUEST_SECONDS: Histogram["request"] = times, "koine_request_seconds",
        "From when a request was begun to its answer, by what was asked.";
    REFUSALS: Counter["dialect", "reason"] = Counter::new, "koine_refusals_total",
        "Requests that the core refused; those with the reason failed are the server's own fault.";
    LIMITS: Counter["limit"] = Counter::new, "koine_limits_total",
        "How often a limit held somebody up or turned somebody away.";
    ENDED: Counter["reason"] = Counter::new, "koine_connections_given_up_total",
        "Connections that the server gave up.";
    MAILBOX_EVENTS: Gauge = Gauge::new, "koine_mailbox_events", "Events that wait in the mailboxes of connections.";
    MAILBOX_OVERFLOWS: Counter = Counter::new, "koine_mailbox_overflows_total",
        "How often a mailbox was full, so that its connection has to read the store instead.";
    PASSWORD_QUEUE: Gauge = Gauge::new, "koine_password_queue", "Passwords that are checked or wait for it.";
    PASSWORD_WAIT_SECONDS: Histogram = times, "koine_password_wait_seconds",
        "How long a password waited until its check began.";
    COMMIT_SECONDS: Histogram = times, "koine_store_commit_seconds",
        "How long a transaction took, from its first change to its end on the disk.";
    COMMIT_CHANGES: Histogram = batches, "koine_store_commit_changes",
        "Changes that shared a transaction.";
    COMMIT_FAILURES: Counter = Counter::new, "koine_store_commit_failures_total",
        "Transactions that were taken back because the disk or the database failed.";
    STORE_QUEUE: Gauge = Gauge::new, "koine_store_queue", "Changes that wait for the writer.";
    STORE_READS: Gauge = Gauge::new, "koine_store_reads_waiting",
        "Reads of the database and of media that wait for a thread.";
    DATABASE_BYTES: Gauge = Gauge::new, "koine_store_database_bytes", "The size of the database file.";
    WAL_BYTES: Gauge = Gauge::new, "koine_store_wal_bytes", "The size of the database's write-ahead log.";
    WAL_PAGES: Gauge = Gauge::new, "koine_store_wal_pages", "How many pages the write-ahead log has since it last began anew.";
    WAL_FAILURES: Counter = Counter::new, "koine_store_wal_failures_total",
        "How often the write-ahead log could not be taken into the database.";
    UPLOADS: Gauge = Gauge::new, "koine_uploads_receiving", "Uploads by HTTP whose bytes are coming in.";
    RESIDENT_BYTES: Gauge = Gauge::new, "process_resident_memory_bytes", "Resident memory of the process.";
    OPEN_FILES: Gauge = Gauge::new, "process_open_fds", "Open file descriptors of the process, sockets among them.";
}
