//! Handles `/errors`, for administrators: what does not work now, and what failed lately. They see
//! the reasons for developers, which no other chat gets.

use chrono::{TimeDelta, Utc};
use storage::{incidents, stats};
use telegram::{Html, Phrase};

use super::{CommandHandler, HandlerError};
use crate::bot::incident_reports::{begun, minute};

/// The period of the counts.
const PERIOD: TimeDelta = TimeDelta::days(7);

/// Failed carousels that are listed one by one.
const LISTED: u32 = 8;

/// Longest reason in a list, in characters.
const REASON_CHARS: usize = 200;

impl CommandHandler<'_> {
    pub(super) async fn errors(&self) -> Result<(), HandlerError> {
        let (reader, since) = (self.deps.db.read(), Utc::now() - PERIOD);
        let incidents = incidents::list(&reader, self.deps.id).await?;
        let kinds = stats::failures_by_kind(&reader, since).await?;
        let dead = stats::count_dead_letters(&reader, self.deps.id, since).await?;
        let recent = stats::failures(&reader, since, LISTED).await?;
        let mut lines: Vec<Html> = Vec::new();
        let mut add = |phrase: Phrase<'_>| lines.push(phrase.html(self.language));
        for incident in incidents.iter().filter(|incident| incident.ended_at.is_none()) {
            let (when, reason) = (minute(incident.began_at), shortened(&incident.reason));
            add(begun(incident, &when, &reason));
        }
        add(if kinds.is_empty() && dead == 0 { Phrase::ErrorsNone } else { Phrase::Errors });
        for (kind, count) in &kinds {
            add(Phrase::ErrorsCount { kind: kind.name(), count: *count });
        }
        if dead > 0 {
            add(Phrase::ErrorsDead { count: dead });
        }
        if !recent.is_empty() {
            add(Phrase::ErrorsRecent);
        }
        for failed in &recent {
            let (when, reason) = (minute(failed.at), shortened(&failed.reason));
            let (kind, carousel) = (failed.kind.name(), failed.id.as_str());
            add(Phrase::ErrorsLine { when: &when, kind, reason: &reason, carousel });
        }
        let line_break = Html::text("\n");
        let text = lines.into_iter().reduce(|text, line| text.append(&line_break).append(&line));
        self.send(text.unwrap_or_default().into()).await
    }
}

fn shortened(reason: &str) -> String {
    match reason.char_indices().nth(REASON_CHARS) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}
