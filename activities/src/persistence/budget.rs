//! [`Budget`]: what one user's model calls may cost a day, and the polite refusal beyond it.
//!
//! Owns the rule and its words. Where it is written down what was spent is said by whoever makes it.

use std::sync::Arc;

use domain::UserId;
use events::Timestamp;
use futures::future::BoxFuture;

use crate::error::Error;

/// Millionths of a US dollar.
pub type Micros = u64;

/// Finds out what a user has spent on the day (UTC) of a moment.
pub type Spent = Arc<
    dyn Fn(UserId, Timestamp) -> BoxFuture<'static, Result<Micros, storage::Error>> + Send + Sync,
>;

/// What a user may spend a day.
#[derive(Clone)]
pub struct Budget {
    per_day: Micros,
    spent: Spent,
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Budget({} micros a day)", self.per_day)
    }
}

impl Budget {
    /// So much a day, held against what `spent` says.
    pub fn new(per_day: Micros, spent: Spent) -> Self {
        Self { per_day, spent }
    }

    /// Lets in whoever has not spent the day's budget. A call is paid for after it was made, so the
    /// last one may go a little beyond.
    ///
    /// # Errors
    /// [`Error::Quota`], with the words for whoever asked; or what the books say instead.
    pub(super) async fn admit(&self, user: &UserId, now: Timestamp) -> Result<(), Error> {
        let spent = (self.spent)(user.clone(), now).await?;
        if spent < self.per_day {
            return Ok(());
        }
        Err(Error::Quota(
            "today's budget for models is used up: there is a new one at midnight UTC, and our own \
             notes write at any time without one"
                .to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn budget(spent: Micros) -> Budget {
        Budget::new(
            500_000,
            Arc::new(move |_, _| async move { Ok(spent) }.boxed()),
        )
    }

    #[tokio::test]
    async fn whoever_has_spent_the_budget_is_told_when_there_is_a_new_one() {
        let (user, now) = (UserId::local(), Timestamp::default());
        assert!(budget(499_999).admit(&user, now).await.is_ok());
        let refused = budget(500_000).admit(&user, now).await.unwrap_err();
        assert!(matches!(refused, Error::Quota(_)));
        assert!(refused.to_string().contains("midnight UTC"), "{refused}");
    }
}
