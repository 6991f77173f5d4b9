//! The audience of a broadcast.

use domain::{DailyTipTime, Language, access::AccessList};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, Select, sea_query::SelectStatement,
};

use crate::{
    ReadAccess, StorageError,
    entity::{subscription, user},
    subscriptions, users,
};

/// An audience. It includes only people who have an account, can be reached and may use the
/// product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroadcastAudience {
    /// Everybody who has subscribed to news.
    News,
    /// Everybody who gets a daily tip at this time.
    DailyTip(DailyTipTime),
}

/// How many recipients a broadcast would have now.
pub async fn audience_size(
    on: &impl ReadAccess,
    audience: &BroadcastAudience,
    list: &AccessList,
    now: Timestamp,
) -> Result<u64, StorageError> {
    Ok(audience_query(audience, list, now).count(on.connection()).await?)
}

/// The languages of the audience; a person without a known language counts as English.
pub async fn audience_languages(
    on: &impl ReadAccess,
    audience: &BroadcastAudience,
    list: &AccessList,
    now: Timestamp,
) -> Result<Vec<Language>, StorageError> {
    let names: Vec<Option<String>> = audience_query(audience, list, now)
        .select_only()
        .column(user::Column::Language)
        .distinct()
        .into_tuple()
        .all(on.connection())
        .await?;
    let spoken = |language: &Language| {
        let known = |name: &Option<String>| match name.as_deref().map(str::parse) {
            Some(Ok(named)) => named,
            Some(Err(_)) | None => Language::En,
        };
        names.iter().any(|name| known(name) == *language)
    };
    Ok(Language::ALL.iter().copied().filter(spoken).collect())
}

/// [`AccessList::decide`] in SQL: a test compares the two. Access of each recipient is checked
/// again before sending.
fn access_condition(list: &AccessList, now: Timestamp) -> Condition {
    use user::Column as User;
    let owner = User::AccountId.is_in(list.owners.iter().copied());
    let mut listed = Condition::any().add(User::IsAdmin.eq(true)).add(User::IsAllowed.eq(true));
    listed = if list.allowed.is_empty() {
        listed.add(User::AccountId.is_not_null())
    } else {
        listed.add(User::AccountId.is_in(list.allowed.iter().copied()))
    };
    let other = Condition::all().add(users::lock_in_force(now).not()).add(listed);
    Condition::any().add(owner).add(other)
}

fn audience_query(
    audience: &BroadcastAudience,
    list: &AccessList,
    now: Timestamp,
) -> Select<user::Entity> {
    use user::Column as User;
    let all = user::Entity::find()
        .filter(User::AccountId.is_not_null())
        .filter(access_condition(list, now))
        .filter(User::UnreachableSince.is_null());
    match audience {
        BroadcastAudience::News => all.filter(User::WantsNews.eq(true)),
        BroadcastAudience::DailyTip(slot) => {
            let subscribers = subscription::Entity::find()
                .select_only()
                .column(subscription::Column::UserId)
                .filter(subscriptions::of_slot(slot))
                .into_query();
            all.filter(User::Id.in_subquery(subscribers))
        }
    }
}

/// The user ids and account ids of these people, for one `INSERT … SELECT`.
pub(super) fn recipient_values(
    audience: &BroadcastAudience,
    list: &AccessList,
    now: Timestamp,
) -> SelectStatement {
    audience_query(audience, list, now)
        .select_only()
        .column(user::Column::Id)
        // A private chat has the id of the person.
        .column(user::Column::AccountId)
        .into_query()
}
