//! Tables for publishing the outbox, and for requests of other systems.

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
    /// Requests of other systems that were admitted: events, and calls of the API.
    event_request = "event_requests" [id: String] {
        pub source: String,
        pub user_id: String,
        pub workflow_id: String,
        pub admitted_at: ChronoDateTimeUtc,
        pub digest: Option<String>,
        pub refusal: Option<String>,
    }
}

table! {
    api_token = "api_tokens" [id: String] {
        pub name: String,
        pub user_id: String,
        pub scopes: String,
        pub secret_sha256: String,
        pub per_day: i64,
        pub created_at: ChronoDateTimeUtc,
        pub expires_at: Option<ChronoDateTimeUtc>,
        pub revoked_at: Option<ChronoDateTimeUtc>,
        pub last_used_at: Option<ChronoDateTimeUtc>,
    }
}

table! {
    webhook = "webhooks" [id: String] {
        pub user_id: String,
        pub url: String,
        pub secret: String,
        pub created_at: ChronoDateTimeUtc,
        pub disabled_at: Option<ChronoDateTimeUtc>,
        pub called_at: Option<ChronoDateTimeUtc>,
        pub status: Option<i64>,
        pub error: Option<String>,
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
