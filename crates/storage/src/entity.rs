//! The tables as the ORM sees them now; `migration` creates them.
//!
//! Private to the crate: columns are plain text and numbers, and only the repositories convert them
//! to and from values of `domain`.

#![expect(unreachable_pub, reason = "the ORM's derives need public items")]

/// A module for a table, with its primary key in brackets: the ORM's derives need one each.
macro_rules! table {
    (
        $(#[$doc:meta])* $module:ident = $table:literal
        $([$($key:ident: $type:ident),+])? { $($fields:tt)* }
    ) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[sea_orm(primary_key, auto_increment = false)] pub $key: $type,)+)?
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

mod ingress;
mod operating;
mod outgoing;
mod people;
mod privacy;
mod relay;

pub(crate) use ingress::{group_session, session, update};
pub(crate) use operating::{bot_picture, incident, provider_failure};
pub(crate) use outgoing::{blob_hold, broadcast, delivery, owner, pace, recipient};
pub(crate) use people::{admission, brand, setting, subscription, upload, usage_entry, user};
pub(crate) use privacy::{erased_blob, erasure};
pub(crate) use relay::{api_token, chain_end, consumer, counter, event_request, lease, webhook};

table! {
    /// References of carousels to blobs.
    blob_ref = "blob_refs" [carousel_id: String, revision: i64, part: String, position: i64] {
        pub blob_key: String,
        pub bytes: Option<i64>,
    }
}

table! {
    carousel = "carousels" [id: String] {
        pub user_id: String,
        pub source: String,
        pub brief: String,
        pub theme: String,
        pub language: String,
        pub format: String,
        pub state: String,
        pub outcome: Option<String>,
        pub reason: Option<String>,
        pub provider: Option<String>,
        pub revision: Option<i64>,
        pub run_id: String,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub closed_at: Option<ChronoDateTimeUtc>,
        pub failure_kind: Option<String>,
    }
}

table! {
    /// The outbox.
    event = "events" {
        #[sea_orm(primary_key)]
        pub seq: i64,
        #[sea_orm(unique)]
        pub id: String,
        #[sea_orm(column_name = "type")]
        pub kind: String,
        pub source: String,
        pub subject: Option<String>,
        pub correlation_id: String,
        pub causation_id: Option<String>,
        pub time: ChronoDateTimeUtc,
        pub envelope: String,
        pub published_at: Option<ChronoDateTimeUtc>,
        pub batch: Option<i64>,
    }
}

table! {
    /// The used quota of carousels.
    quota_reservation = "quota_reservations" [carousel_id: String] {
        pub user_id: String,
        pub day: ChronoDate,
        pub reserved_at: ChronoDateTimeUtc,
        pub released_at: Option<ChronoDateTimeUtc>,
    }
}

table! {
    revision = "revisions" [carousel_id: String, revision: i64] {
        pub draft: String,
        pub analysis: String,
        pub provider: String,
        pub created_at: ChronoDateTimeUtc,
        pub theme: Option<String>,
        pub intent: Option<String>,
    }
}

table! {
    /// The steps that a database has: the table of `sea-orm-migration`, which ran the first releases.
    applied = "seaql_migrations" [version: String] {
        /// Unix time, in seconds.
        pub applied_at: i64,
    }
}
