//! Faults on purpose: named points in a process at which tests make things go wrong. In production
//! nobody interferes, and a point costs one comparison.

use std::sync::Arc;

use futures::future::BoxFuture;

/// Somebody who interferes.
pub trait Interfere: Send + Sync {
    /// Called at each point with its name, what the process is busy with there (a workflow's id, an
    /// update's number), and the how manieth attempt at it this is. May wait, fail, or end the process.
    fn interfere<'a>(
        &'a self,
        point: &'a str,
        about: &'a str,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// Faults on purpose; normally none.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<dyn Interfere>>);

impl Faults {
    /// Nobody interferes.
    pub fn none() -> Self {
        Self(None)
    }

    /// `who` interferes.
    pub fn by(who: Arc<dyn Interfere>) -> Self {
        Self(Some(who))
    }

    /// Passes a point; its name is only made where somebody wants to know it.
    ///
    /// # Errors
    /// What is to go wrong, in words.
    pub async fn at(
        &self,
        point: impl FnOnce() -> String,
        about: &str,
        attempt: u32,
    ) -> Result<(), String> {
        let Some(who) = &self.0 else { return Ok(()) };
        who.interfere(&point(), about, attempt).await
    }
}
