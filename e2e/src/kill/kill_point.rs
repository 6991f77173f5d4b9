//! The failpoints where a process is killed, and the path of a carousel that reaches each.

use std::{fmt, str::FromStr};

use testkit::failpoints::{self, FailpointAction, Failpoints};
use workers::Pool;

use super::{chat_scenario::ChatScenario, workflow_scenario::WorkflowScenario};

/// Where a carousel is when its workflow is terminated.
pub(super) const TERMINATED_AT: &str = "render_carousel.before";

/// The name of an existing failpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KillPoint(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CarouselPath {
    /// Nothing fails.
    Delivered,
    /// Rendering fails permanently, and the saga compensates.
    Undone,
    /// Its workflow is terminated, and reconciliation settles it.
    Lost,
    /// Nothing fails, and other work is done as well.
    WithWorkflow(WorkflowScenario),
    /// Nothing fails, and the user does something else in the chat.
    WithChat(ChatScenario),
    /// No carousel of these tests reaches the point: it needs a model, a page, a recording, or a
    /// chat.
    Unreachable,
}

impl KillPoint {
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The path on which a carousel that was ordered in a chat reaches this point.
    pub(crate) fn path_in_chat(&self) -> CarouselPath {
        match self.0.split('.').next().unwrap_or_default() {
            "discard_draft" | "abandon_carousel" | "tell_end" => CarouselPath::Undone,
            "update" => CarouselPath::WithChat(ChatScenario::Group),
            "open_carousel" | "analyze_topic" | "write_slides" | "save_draft"
            | "render_carousel" | "update_status" | "deliver_carousel" | "complete_carousel" => {
                CarouselPath::Delivered
            }
            "load_revision" | "save_revision" | "tell_change" => {
                CarouselPath::WithChat(ChatScenario::Edit)
            }
            "send_files" => CarouselPath::WithChat(ChatScenario::Files),
            "show_draft" => CarouselPath::WithChat(ChatScenario::Review),
            "admit_request" | "answer" => CarouselPath::WithChat(ChatScenario::Question),
            "prepare_scheduled" => CarouselPath::WithChat(ChatScenario::Schedule),
            "rest_subscription" => CarouselPath::WithChat(ChatScenario::PausedSchedule),
            "wisdom" | "record_request" | "open_broadcast" => {
                CarouselPath::WithChat(ChatScenario::DailyTip)
            }
            "send_broadcast" => CarouselPath::WithChat(ChatScenario::Album),
            "find_recipients" | "conclude_broadcast" | "send_notice" => {
                CarouselPath::WithChat(ChatScenario::Broadcast)
            }
            "send_export" => CarouselPath::WithChat(ChatScenario::Export),
            "begin_forget" | "stop_work" | "erase_histories" | "erase_data" | "finish_forget" => {
                CarouselPath::WithChat(ChatScenario::Forget)
            }
            _ => CarouselPath::Unreachable,
        }
    }

    /// Whether a kill at this point leaves an album's outcome unknown: it was sent, and not
    /// recorded yet.
    pub(crate) fn leaves_album_unknown(&self) -> bool {
        self.0 == "deliver_carousel.after"
    }

    /// Like `leaves_album_unknown`, for a text or a file, which is sent again.
    pub(crate) fn leaves_message_unknown(&self) -> bool {
        let senders = ["tell_change", "show_draft", "send_files", "send_notice", "send_export"];
        let activity = self.0.strip_suffix(".after");
        self.0 == "update.acted" || activity.is_some_and(|activity| senders.contains(&activity))
    }

    pub(crate) fn path(&self) -> CarouselPath {
        match self.0.split('.').next().unwrap_or_default() {
            "discard_draft" | "abandon_carousel" => CarouselPath::Undone,
            "find_lost" | "settle_lost" => CarouselPath::Lost,
            "raise_alert" => CarouselPath::WithWorkflow(WorkflowScenario::RaiseAlert),
            "collect_blobs" => CarouselPath::WithWorkflow(WorkflowScenario::CollectBlobs),
            "prune_tables" => CarouselPath::WithWorkflow(WorkflowScenario::Prune),
            "answer" | "admit_request" => CarouselPath::WithWorkflow(WorkflowScenario::Answer),
            "wisdom" | "record_request" => CarouselPath::WithWorkflow(WorkflowScenario::DailyTip),
            "update" | "shorten_slides" | "rewrite_slide" | "fetch_page" | "transcribe"
            | "update_status" | "tell_end" | "load_revision" | "save_revision" | "tell_change"
            | "send_files" | "show_draft" | "prepare_scheduled" | "rest_subscription"
            | "send_notice" | "open_broadcast" | "find_recipients" | "conclude_broadcast"
            | "send_broadcast" | "begin_forget" | "stop_work" | "erase_histories"
            | "erase_data" | "finish_forget" | "send_export" | "send_webhook" => {
                CarouselPath::Unreachable
            }
            "open_carousel" | "analyze_topic" | "write_slides" | "save_draft"
            | "render_carousel" | "deliver_carousel" | "complete_carousel" => {
                CarouselPath::Delivered
            }
            other => panic!("add the path of {other}"),
        }
    }
}

impl CarouselPath {
    /// The outcome of a carousel on this path, whichever process is killed.
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::Delivered | Self::WithWorkflow(_) | Self::WithChat(_) | Self::Unreachable => {
                "delivered"
            }
            Self::Undone | Self::Lost => "failed",
        }
    }

    /// The other work on this path.
    pub(crate) const fn workflow_scenario(self) -> Option<WorkflowScenario> {
        match self {
            Self::Delivered | Self::Undone | Self::WithChat(_) | Self::Unreachable => None,
            Self::Lost => Some(WorkflowScenario::Reconcile),
            Self::WithWorkflow(chore) => Some(chore),
        }
    }

    /// The user action on this path.
    pub(crate) const fn chat_scenario(self) -> Option<ChatScenario> {
        match self {
            Self::WithChat(errand) => Some(errand),
            Self::Delivered
            | Self::Undone
            | Self::Lost
            | Self::WithWorkflow(_)
            | Self::Unreachable => None,
        }
    }

    /// The failpoints of this pool that lead a carousel to this path.
    pub(crate) fn failpoints(self, pool: Pool) -> Result<Failpoints, String> {
        match self {
            Self::Undone if pool == Pool::Render => {
                // Rendering has three attempts.
                Failpoints::at("render_carousel.before", FailpointAction::Fail(3))
            }
            // The workflow can be terminated while rendering is held there.
            Self::Lost if pool == Pool::Render => {
                Failpoints::at(TERMINATED_AT, FailpointAction::Hold)
            }
            Self::Undone
            | Self::Lost
            | Self::Delivered
            | Self::WithWorkflow(_)
            | Self::WithChat(_)
            | Self::Unreachable => Ok(Failpoints::none()),
        }
    }
}

impl FromStr for KillPoint {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if failpoints::points().any(|known| known == name) {
            return Ok(Self(name.to_owned()));
        }
        Err("there is no such point: `e2e kill --list` names them".to_owned())
    }
}

impl fmt::Display for KillPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_paths_cover_most_points() {
        let points: Vec<KillPoint> =
            failpoints::points().map(|name| name.parse().unwrap()).collect();
        let on = |wanted| {
            let journeys = points.iter().map(KillPoint::path_in_chat);
            journeys.filter(|journey| *journey == wanted).count()
        };
        assert_eq!((on(CarouselPath::Delivered), on(CarouselPath::Undone)), (24, 9));
        let chatted = points.iter().map(|point| point.path_in_chat().chat_scenario());
        assert_eq!(chatted.flatten().count(), 70);
        let albums = points.iter().filter(|p| p.leaves_album_unknown());
        let words = points.iter().filter(|p| p.leaves_message_unknown());
        assert_eq!((albums.count(), words.count()), (1, 6));
    }

    #[test]
    fn every_point_has_a_path() {
        let on = |journey: CarouselPath| {
            let journeys =
                failpoints::points().map(|name| name.parse::<KillPoint>().unwrap().path());
            journeys.filter(|way| *way == journey).count()
        };
        // Three points for each of its activities.
        assert_eq!(on(CarouselPath::Undone), 6);
        assert_eq!(on(CarouselPath::Lost), 6);
        for chore in
            [WorkflowScenario::RaiseAlert, WorkflowScenario::CollectBlobs, WorkflowScenario::Prune]
        {
            assert_eq!(on(CarouselPath::WithWorkflow(chore)), 3, "{chore:?}");
        }
        for chore in [WorkflowScenario::Answer, WorkflowScenario::DailyTip] {
            assert_eq!(on(CarouselPath::WithWorkflow(chore)), 6, "{chore:?}");
        }
        assert_eq!(on(CarouselPath::Unreachable), 79);
        assert!("paint.before".parse::<KillPoint>().is_err());
    }
}
