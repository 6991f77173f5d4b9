//! Tables of users and what belongs to them.

table! {
    user = "users" [id: String] {
        #[sea_orm(unique)]
        pub account_id: Option<i64>,
        pub language: Option<String>,
        pub is_admin: bool,
        pub blocked: bool,
        pub lock_reason: Option<String>,
        pub lock_until: Option<ChronoDateTimeUtc>,
        pub lock_by: Option<i64>,
        pub locked_at: Option<ChronoDateTimeUtc>,
        pub lock_told: bool,
        pub unreachable_since: Option<ChronoDateTimeUtc>,
        pub wants_news: bool,
        pub is_allowed: bool,
        pub carousels_per_day: Option<i64>,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Users' default settings.
    setting = "settings" [user_id: String] {
        pub record: String,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Users' brands.
    brand = "brands" [user_id: String] {
        pub record: String,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Scheduled carousels and daily tips.
    subscription = "subscriptions" [id: String] {
        pub user_id: String,
        pub bot_id: i64,
        pub chat_id: i64,
        pub thread_id: Option<i64>,
        pub cadence: String,
        pub time_zone: String,
        pub topic: Option<String>,
        pub paused: bool,
        pub pause_reason: Option<String>,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
    }
}

table! {
    /// Tokens and cost of model calls.
    usage_entry = "usage_entries" [id: String] {
        pub user_id: String,
        pub day: ChronoDate,
        pub provider: String,
        pub model: String,
        pub tokens_in: i64,
        pub tokens_out: i64,
        pub cost_micros: i64,
        pub at: ChronoDateTimeUtc,
    }
}

table! {
    /// Admitted work and its budget.
    admission = "admissions" [id: String] {
        pub user_id: String,
        pub workflow: String,
        pub kind: String,
        pub day: ChronoDate,
        pub reserved: i64,
        pub allowance: Option<i64>,
        pub reserved_at: ChronoDateTimeUtc,
        pub settled_at: Option<ChronoDateTimeUtc>,
    }
}

table! {
    upload = "uploads" [id: String] {
        pub user_id: String,
        pub day: ChronoDate,
        pub bytes: i64,
        pub at: ChronoDateTimeUtc,
    }
}
