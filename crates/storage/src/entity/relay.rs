//! Tables of the event bus: for publishing the outbox, and for requests.

table! {
    /// The current holder of each exclusive task.
    lease = "leases" [name: String] {
        pub holder: String,
        pub epoch: i64,
        pub acquired_at: ChronoDateTimeUtc,
        pub expires_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Counters that only increase.
    counter = "counters" [name: String] {
        pub value: i64,
    }
}

table! {
    /// Request events that were admitted.
    event_request = "event_requests" [id: String] {
        pub source: String,
        pub user_id: String,
        pub workflow_id: String,
        pub admitted_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The position of each outbox consumer.
    consumer = "consumers" [name: String] {
        pub batch: i64,
        pub seq: i64,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The last event of each carousel after its events were pruned.
    chain_end = "chain_ends" [correlation_id: String] {
        pub event_id: String,
    }
}
