//! Failpoints of the activities, at which tests inject errors: before the effect, after it, and
//! after recording.

use std::fmt;

/// Position of a failpoint in an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailpointPosition {
    /// Before the effect.
    Before,
    /// The effect has happened but is not recorded.
    After,
    /// The effect is recorded, but the result has not reached Temporal.
    Recorded,
}

/// All activities; each has every [`FailpointPosition`].
const ACTIVITIES: [&str; 42] = [
    "open_carousel",
    "analyze_topic",
    "write_slides",
    "shorten_slides",
    "rewrite_slide",
    "answer",
    "wisdom",
    "fetch_page",
    "transcribe",
    "save_draft",
    "render_carousel",
    "deliver_carousel",
    "complete_carousel",
    "discard_draft",
    "abandon_carousel",
    "update_status",
    "tell_end",
    "find_lost",
    "settle_lost",
    "raise_alert",
    "collect_blobs",
    "prune_tables",
    "admit_request",
    "record_request",
    "load_revision",
    "save_revision",
    "tell_change",
    "send_files",
    "show_draft",
    "prepare_scheduled",
    "rest_subscription",
    "send_notice",
    "open_broadcast",
    "find_recipients",
    "conclude_broadcast",
    "send_broadcast",
    "begin_forget",
    "stop_work",
    "erase_histories",
    "erase_data",
    "finish_forget",
    "send_export",
];

/// Names of all failpoints, `<activity>.<moment>`.
pub fn failpoint_names() -> impl Iterator<Item = String> {
    let moments = [
        FailpointPosition::Before,
        FailpointPosition::After,
        FailpointPosition::Recorded,
    ];
    ACTIVITIES
        .iter()
        .flat_map(move |activity| moments.map(|moment| format!("{activity}.{moment}")))
}

impl fmt::Display for FailpointPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Recorded => "recorded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_common::ActivityDefinition;
    use workflows::contract::{
        ai, broadcast_delivery, broadcasting, delivery, exporting, forgetting,
        maintenance_definitions, notice, persistence, render, schedule,
    };

    #[test]
    fn every_activity_has_failpoints() {
        let named: [&dyn Fn() -> String; 42] = [
            &|| persistence::OpenCarousel.name().to_owned(),
            &|| ai::AnalyzeTopic.name().to_owned(),
            &|| ai::WriteSlides.name().to_owned(),
            &|| ai::ShortenSlides.name().to_owned(),
            &|| ai::RewriteSlide.name().to_owned(),
            &|| ai::Answer.name().to_owned(),
            &|| ai::DailyTip.name().to_owned(),
            &|| ai::FetchPage.name().to_owned(),
            &|| ai::Transcribe.name().to_owned(),
            &|| persistence::SaveDraft.name().to_owned(),
            &|| render::RenderCarousel.name().to_owned(),
            &|| delivery::DeliverCarousel.name().to_owned(),
            &|| persistence::CompleteCarousel.name().to_owned(),
            &|| persistence::DiscardDraft.name().to_owned(),
            &|| persistence::AbandonCarousel.name().to_owned(),
            &|| delivery::UpdateStatus.name().to_owned(),
            &|| delivery::ReportEnd.name().to_owned(),
            &|| maintenance_definitions::FindLost.name().to_owned(),
            &|| maintenance_definitions::ReconcileLost.name().to_owned(),
            &|| maintenance_definitions::RaiseAlert.name().to_owned(),
            &|| maintenance_definitions::CollectBlobs.name().to_owned(),
            &|| maintenance_definitions::PruneTables.name().to_owned(),
            &|| persistence::AdmitRequest.name().to_owned(),
            &|| persistence::RecordRequest.name().to_owned(),
            &|| persistence::LoadRevision.name().to_owned(),
            &|| persistence::SaveRevision.name().to_owned(),
            &|| delivery::ReportEdit.name().to_owned(),
            &|| delivery::SendFiles.name().to_owned(),
            &|| delivery::ShowDraft.name().to_owned(),
            &|| schedule::PrepareScheduled.name().to_owned(),
            &|| schedule::PauseSubscription.name().to_owned(),
            &|| notice::SendNotice.name().to_owned(),
            &|| broadcasting::OpenBroadcast.name().to_owned(),
            &|| broadcasting::FindRecipients.name().to_owned(),
            &|| broadcasting::ConcludeBroadcast.name().to_owned(),
            &|| broadcast_delivery::SendBroadcast.name().to_owned(),
            &|| forgetting::BeginForget.name().to_owned(),
            &|| forgetting::StopWork.name().to_owned(),
            &|| forgetting::EraseHistories.name().to_owned(),
            &|| forgetting::EraseData.name().to_owned(),
            &|| forgetting::FinishForget.name().to_owned(),
            &|| exporting::SendExport.name().to_owned(),
        ];
        assert_eq!(named.map(|name| name()), ACTIVITIES.map(str::to_owned));
        assert_eq!(failpoint_names().count(), 126);
    }
}
