//! Which webhooks are told what happened to a carousel.

use events::Timestamp;
use storage::{
    ReadAccess,
    carousels::{Carousel, CarouselState},
    webhooks,
};
use workflows::webhook::{WebhookCalls, WebhookEvent, WebhookEventKind};

use crate::activity_failure::Result;

/// The calls about the end of a carousel; `None` if its owner has no webhooks or it is open.
pub(crate) async fn ended(
    on: &impl ReadAccess,
    carousel: &Carousel,
) -> Result<Option<WebhookCalls>> {
    let CarouselState::Closed { outcome, at, .. } = &carousel.state else { return Ok(None) };
    let event = WebhookEvent {
        id: format!("{}-end", carousel.id),
        kind: Some(WebhookEventKind::Completed),
        outcome: Some(*outcome),
        revision: carousel.revision.unwrap_or_default(),
        failure: carousel.failure.unwrap_or_default(),
        ..of(carousel, *at)
    };
    calls(on, carousel, event).await
}

/// The calls about a new revision; `None` if the owner has no webhooks.
pub(crate) async fn revised(
    on: &impl ReadAccess,
    carousel: &Carousel,
    revision: u32,
    at: Timestamp,
) -> Result<Option<WebhookCalls>> {
    let event = WebhookEvent {
        id: format!("{}-{revision}", carousel.id),
        kind: Some(WebhookEventKind::Revised),
        outcome: carousel.state.outcome(),
        revision,
        ..of(carousel, at)
    };
    calls(on, carousel, event).await
}

fn of(carousel: &Carousel, at: Timestamp) -> WebhookEvent {
    WebhookEvent {
        at: at.timestamp_millis(),
        carousel: carousel.id.as_str().to_owned(),
        ..WebhookEvent::default()
    }
}

async fn calls(
    on: &impl ReadAccess,
    carousel: &Carousel,
    event: WebhookEvent,
) -> Result<Option<WebhookCalls>> {
    let hooks = webhooks::list(on, &carousel.user).await?.into_iter();
    let enabled = hooks.filter(|hook| hook.disabled_at.is_none());
    let hooks: Vec<String> = enabled.map(|hook| hook.id.as_str().to_owned()).collect();
    let user = carousel.user.as_str().to_owned();
    Ok((!hooks.is_empty()).then_some(WebhookCalls { user, hooks, event }))
}
