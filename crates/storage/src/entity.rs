//! The tables as the ORM sees them now; their history is in `migration`.
//!
//! Private to the crate: columns are plain text and numbers, and only the repositories convert them
//! to and from values of `domain`.

#![expect(unreachable_pub, reason = "the ORM's derives need public items")]

mod ingress;
mod outgoing;
mod people;
mod privacy;
mod relay;

pub(crate) use ingress::{session, update};
pub(crate) use outgoing::{blob_hold, broadcast, delivery, owner, pace, recipient};
pub(crate) use people::{admission, brand, setting, subscription, upload, usage_entry, user};
pub(crate) use privacy::{erased_blob, erasure};
pub(crate) use relay::{chain_end, consumer, counter, lease};

pub(crate) mod blob_ref {
    //! References of carousels to blobs.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blob_refs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub carousel_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i64,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub part: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        #[sea_orm(column_type = "Text")]
        pub blob_key: String,
        pub bytes: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod carousel {

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "carousels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub user_id: String,
        #[sea_orm(column_type = "Text")]
        pub source: String,
        #[sea_orm(column_type = "Text")]
        pub brief: String,
        #[sea_orm(column_type = "Text")]
        pub theme: String,
        #[sea_orm(column_type = "Text")]
        pub language: String,
        #[sea_orm(column_type = "Text")]
        pub format: String,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub outcome: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub reason: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub provider: Option<String>,
        pub revision: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub run_id: String,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub closed_at: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod event {
    //! The outbox.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        #[sea_orm(unique, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_name = "type", column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub source: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub subject: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub correlation_id: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub causation_id: Option<String>,
        pub time: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        pub published_at: Option<ChronoDateTimeUtc>,
        pub batch: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod quota_reservation {
    //! The used quota of carousels.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "quota_reservations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub carousel_id: String,
        #[sea_orm(column_type = "Text")]
        pub user_id: String,
        pub day: ChronoDate,
        pub reserved_at: ChronoDateTimeUtc,
        pub released_at: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod revision {
    //! The drafts of carousels.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub carousel_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i64,
        #[sea_orm(column_type = "Text")]
        pub draft: String,
        #[sea_orm(column_type = "Text")]
        pub analysis: String,
        #[sea_orm(column_type = "Text")]
        pub provider: String,
        pub created_at: ChronoDateTimeUtc,
        #[sea_orm(column_type = "Text", nullable)]
        pub theme: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub intent: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
