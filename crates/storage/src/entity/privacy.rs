//! Tables of what remains after a person's data is deleted.

table! {
    /// Running deletions, and what counts towards today's limits after one.
    erasure = "erasures" [user_key: String] {
        pub state: String,
        pub asked_at: ChronoDateTimeUtc,
        pub ended_at: Option<ChronoDateTimeUtc>,
        pub day: ChronoDate,
        pub carousels: i64,
        pub cost_micros: i64,
        pub requests: i64,
        pub upload_bytes: i64,
    }
}

table! {
    /// Blobs that the garbage collector deletes on its next run.
    erased_blob = "erased_blobs" [blob_key: String] {
        pub marked_at: ChronoDateTimeUtc,
    }
}
