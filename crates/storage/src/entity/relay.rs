//! Tables for publishing the outbox.

table! {
    /// The current holder of each exclusive task.
    lease = "leases" {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: String,
        pub epoch: i64,
        pub acquired_at: ChronoDateTimeUtc,
        pub expires_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Counters that only increase.
    counter = "counters" {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: i64,
    }
}

table! {
    /// The position of each outbox consumer.
    consumer = "consumers" {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub batch: i64,
        pub seq: i64,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The last event of each carousel after its events were pruned.
    chain_end = "chain_ends" {
        #[sea_orm(primary_key, auto_increment = false)]
        pub correlation_id: String,
        pub event_id: String,
    }
}
