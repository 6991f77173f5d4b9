//! Tables of incoming updates and dialogues.

table! {
    /// The state of dialogues in private chats.
    session = "sessions" [bot_id: i64, chat_id: i64] {
        pub record: String,
        pub version: i64,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub expires_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The state of dialogues in groups, one per person and topic.
    group_session =
        "group_sessions" [bot_id: i64, chat_id: i64, thread_id: i64, account_id: i64] {
        pub record: String,
        pub version: i64,
        pub question: Option<i64>,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub expires_at: ChronoDateTimeUtc,
    }
}

table! {
    /// The decision about each update.
    update = "updates" [bot_id: i64, update_id: i64] {
        pub chat_id: Option<i64>,
        pub state: String,
        pub command: Option<String>,
        pub reason: Option<String>,
        /// The update's JSON until it is finished.
        pub body: Option<String>,
        /// The lease of the gateway that processes it.
        pub owner: Option<String>,
        pub received_at: ChronoDateTimeUtc,
        pub decided_at: Option<ChronoDateTimeUtc>,
        pub finished_at: Option<ChronoDateTimeUtc>,
    }
}
