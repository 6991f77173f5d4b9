//! Tables for the owners of a bot.

table! {
    /// What the owners are notified of.
    incident = "incidents" [bot_id: i64, kind: String, about: String] {
        pub reason: String,
        pub began_at: ChronoDateTimeUtc,
        pub told_at: Option<ChronoDateTimeUtc>,
        pub ended_at: Option<ChronoDateTimeUtc>,
    }
}

table! {
    /// Failed calls in a row of each model service.
    provider_failure = "provider_failures" [provider: String] {
        pub failures: i64,
        pub reason: String,
        pub since: ChronoDateTimeUtc,
        pub last_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Telegram's file ids of pictures that belong to no carousel.
    bot_picture = "bot_pictures" [bot_id: i64, name: String] {
        pub file_id: String,
        pub sent_at: ChronoDateTimeUtc,
    }
}
