//! Tables of what is sent: deliveries, rates, broadcasts; also blob holders and owners of a SQLite
//! file.

table! {
    /// The ledger.
    delivery = "deliveries" [carousel_id: String, revision: i64, part: String, generation: i64] {
        pub size: i64,
        pub arrived: i64,
        pub state: String,
        pub attempt: Option<String>,
        pub reason: Option<String>,
        pub reason_kind: Option<String>,
        pub chat_id: Option<i64>,
        pub messages: String,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The recent sends of each bot.
    pace = "paces" [bot_id: i64] {
        pub sent: String,
    }
}

table! {
    broadcast = "broadcasts" [id: String] {
        pub author_id: String,
        pub bot_id: i64,
        pub message: String,
        pub state: String,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub ended_at: Option<ChronoDateTimeUtc>,
    }
}

table! {
    /// Recipients of broadcasts, and whether the message arrived.
    recipient = "recipients" [broadcast_id: String, user_id: String] {
        pub chat_id: i64,
        pub state: String,
        pub attempt: Option<String>,
        pub reason: Option<String>,
        pub reason_kind: Option<String>,
        pub message_id: Option<i64>,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// References to blobs that are not a carousel's slides or source.
    blob_hold = "blob_holds" [holder: String, name: String] {
        pub blob_key: String,
        pub held_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The processes that have a SQLite file open.
    owner = "owners" [process: String] {
        pub host: String,
        pub name: String,
        pub pid: i64,
        pub beat_at: ChronoDateTimeUtc,
    }
}
