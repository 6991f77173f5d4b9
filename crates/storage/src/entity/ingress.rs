//! Tables of incoming updates and dialogues.

pub(crate) mod session {
    //! The state of dialogues.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bot_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub chat_id: i64,
        #[sea_orm(column_type = "Text")]
        pub record: String,
        pub version: i64,
        pub created_at: ChronoDateTimeUtc,
        pub updated_at: ChronoDateTimeUtc,
        pub expires_at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod update {
    //! The decision about each update.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "updates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bot_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub update_id: i64,
        pub chat_id: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub command: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub reason: Option<String>,
        /// The update's JSON until it is finished.
        #[sea_orm(column_type = "Text", nullable)]
        pub body: Option<String>,
        /// The lease of the gateway that processes it.
        #[sea_orm(column_type = "Text", nullable)]
        pub owner: Option<String>,
        pub received_at: ChronoDateTimeUtc,
        pub decided_at: Option<ChronoDateTimeUtc>,
        pub finished_at: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
