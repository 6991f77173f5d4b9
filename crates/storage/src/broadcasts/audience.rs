//! The audience of a broadcast.

use domain::{Language, TimeSlot, access::AccessList};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, Select, sea_query::SelectStatement,
};

use crate::{
    Error, Reads,
    entity::{subscription, user},
    subscriptions, users,
};

/// An audience. It includes only people who have an account, can be reached and may use the
/// product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who has subscribed to news.
    News,
    /// Everybody who gets a daily tip at this time.
    Slot(TimeSlot),
}

/// How many recipients a broadcast would have now.
///
/// # Errors
/// [`Error::Database`].
pub async fn size(
    on: &impl Reads,
    audience: &Audience,
    list: &AccessList,
    now: Timestamp,
) -> Result<u64, Error> {
    Ok(people(audience, list, now).count(on.connection()).await?)
}

/// The languages of the audience; a person without a known language counts as English.
///
/// # Errors
/// [`Error::Database`].
pub async fn languages(
    on: &impl Reads,
    audience: &Audience,
    list: &AccessList,
    now: Timestamp,
) -> Result<Vec<Language>, Error> {
    let names: Vec<Option<String>> = people(audience, list, now)
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
fn may_use(list: &AccessList, now: Timestamp) -> Condition {
    use user::Column as User;
    let owner = User::AccountId.is_in(list.owners.iter().copied());
    let mut listed = Condition::any().add(User::IsAdmin.eq(true));
    listed = if list.allowed.is_empty() {
        listed.add(User::AccountId.is_not_null())
    } else {
        listed.add(User::AccountId.is_in(list.allowed.iter().copied()))
    };
    let other = Condition::all().add(users::in_force(now).not()).add(listed);
    Condition::any().add(owner).add(other)
}

fn people(audience: &Audience, list: &AccessList, now: Timestamp) -> Select<user::Entity> {
    use user::Column as User;
    let all = user::Entity::find()
        .filter(User::AccountId.is_not_null())
        .filter(may_use(list, now))
        .filter(User::UnreachableSince.is_null());
    match audience {
        Audience::News => all.filter(User::WantsNews.eq(true)),
        Audience::Slot(slot) => {
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
pub(super) fn select(audience: &Audience, list: &AccessList, now: Timestamp) -> SelectStatement {
    people(audience, list, now)
        .select_only()
        .column(user::Column::Id)
        // A private chat has the id of the person.
        .column(user::Column::AccountId)
        .into_query()
}
