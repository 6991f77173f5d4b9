//! The failpoints where a process is killed, and the path of a carousel that reaches each.

use std::{fmt, str::FromStr};

use testkit::failpoints::{self, Action, Failpoints};
use workers::Pool;

use super::{chore::Chore, errand::Errand};

/// Where a carousel is when its workflow is terminated.
pub(super) const LEFT_AT: &str = "render_carousel.before";

/// The name of an existing failpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point(String);

/// The path of a carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journey {
    /// Nothing fails.
    Delivered,
    /// Rendering fails permanently, and the saga compensates.
    Undone,
    /// Its workflow is terminated, and reconciliation settles it.
    Lost,
    /// Nothing fails, and other work is done as well.
    Kept(Chore),
    /// Nothing fails, and the user does something else in the chat.
    Chatted(Errand),
    /// No carousel of these tests reaches the point: it needs a model, a page, a recording, or a
    /// chat.
    Nowhere,
}

impl Point {
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The path on which a carousel that was ordered in a chat reaches this point.
    pub(crate) fn journey_in_chat(&self) -> Journey {
        match self.0.split('.').next().unwrap_or_default() {
            "discard_draft" | "abandon_carousel" | "tell_end" => Journey::Undone,
            "update" | "open_carousel" | "analyze_topic" | "write_slides" | "save_draft"
            | "render_carousel" | "update_status" | "deliver_carousel" | "complete_carousel" => {
                Journey::Delivered
            }
            "load_revision" | "save_revision" | "tell_change" => Journey::Chatted(Errand::Edit),
            "send_files" => Journey::Chatted(Errand::Files),
            "show_draft" => Journey::Chatted(Errand::Review),
            "admit_request" | "answer" => Journey::Chatted(Errand::Question),
            "prepare_scheduled" => Journey::Chatted(Errand::Schedule),
            "rest_subscription" => Journey::Chatted(Errand::Rest),
            "wisdom" | "record_request" | "open_broadcast" => Journey::Chatted(Errand::Thought),
            "send_broadcast" => Journey::Chatted(Errand::Album),
            "find_recipients" | "conclude_broadcast" | "send_notice" => {
                Journey::Chatted(Errand::Broadcast)
            }
            "send_export" => Journey::Chatted(Errand::Export),
            "begin_forget" | "stop_work" | "erase_histories" | "erase_data" | "finish_forget" => {
                Journey::Chatted(Errand::Forget)
            }
            _ => Journey::Nowhere,
        }
    }

    /// Whether a kill at this point leaves an album's outcome unknown: it was sent, and not
    /// recorded yet.
    pub(crate) fn leaves_an_album_in_doubt(&self) -> bool {
        self.0 == "deliver_carousel.after"
    }

    /// Like `leaves_an_album_in_doubt`, for a text or a file, which is sent again.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let senders = [
            "tell_change",
            "show_draft",
            "send_files",
            "send_notice",
            "send_export",
        ];
        let in_doubt = self.0.strip_suffix(".after");
        in_doubt.is_some_and(|activity| senders.contains(&activity))
    }

    /// The path on which a carousel reaches this point.
    pub(crate) fn journey(&self) -> Journey {
        match self.0.split('.').next().unwrap_or_default() {
            "discard_draft" | "abandon_carousel" => Journey::Undone,
            "find_lost" | "settle_lost" => Journey::Lost,
            "raise_alert" => Journey::Kept(Chore::RaiseAlert),
            "collect_blobs" => Journey::Kept(Chore::CollectBlobs),
            "prune_tables" => Journey::Kept(Chore::Prune),
            "answer" | "admit_request" => Journey::Kept(Chore::Answer),
            "wisdom" | "record_request" => Journey::Kept(Chore::Wisdom),
            "update" | "shorten_slides" | "rewrite_slide" | "fetch_page" | "transcribe"
            | "update_status" | "tell_end" | "load_revision" | "save_revision" | "tell_change"
            | "send_files" | "show_draft" | "prepare_scheduled" | "rest_subscription"
            | "send_notice" | "open_broadcast" | "find_recipients" | "conclude_broadcast"
            | "send_broadcast" | "begin_forget" | "stop_work" | "erase_histories"
            | "erase_data" | "finish_forget" | "send_export" => Journey::Nowhere,
            _ => Journey::Delivered,
        }
    }
}

impl Journey {
    /// The outcome of a carousel on this path, whichever process is killed.
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::Delivered | Self::Kept(_) | Self::Chatted(_) | Self::Nowhere => "delivered",
            Self::Undone | Self::Lost => "failed",
        }
    }

    /// The other work on this path.
    pub(crate) const fn chore(self) -> Option<Chore> {
        match self {
            Self::Delivered | Self::Undone | Self::Chatted(_) | Self::Nowhere => None,
            Self::Lost => Some(Chore::Reconcile),
            Self::Kept(chore) => Some(chore),
        }
    }

    /// The user action on this path.
    pub(crate) const fn errand(self) -> Option<Errand> {
        match self {
            Self::Chatted(errand) => Some(errand),
            Self::Delivered | Self::Undone | Self::Lost | Self::Kept(_) | Self::Nowhere => None,
        }
    }

    /// The failpoints of this pool that lead a carousel to this path.
    pub(crate) fn failpoints(self, pool: Pool) -> Result<Failpoints, String> {
        match self {
            Self::Undone if pool == Pool::Render => {
                // Rendering has three attempts.
                Failpoints::at("render_carousel.before", Action::Fail(3))
            }
            // The workflow can be terminated while rendering is held there.
            Self::Lost if pool == Pool::Render => Failpoints::at(LEFT_AT, Action::Hold),
            Self::Undone
            | Self::Lost
            | Self::Delivered
            | Self::Kept(_)
            | Self::Chatted(_)
            | Self::Nowhere => Ok(Failpoints::none()),
        }
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if failpoints::points().any(|known| known == name) {
            return Ok(Self(name.to_owned()));
        }
        Err("there is no such point: `e2e kill --list` names them".to_owned())
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_paths_cover_most_points() {
        let points: Vec<Point> = failpoints::points()
            .map(|name| name.parse().unwrap())
            .collect();
        let on = |wanted| {
            let journeys = points.iter().map(Point::journey_in_chat);
            journeys.filter(|journey| *journey == wanted).count()
        };
        assert_eq!((on(Journey::Delivered), on(Journey::Undone)), (28, 9));
        let chatted = points.iter().map(|point| point.journey_in_chat().errand());
        assert_eq!(chatted.flatten().count(), 66);
        let albums = points.iter().filter(|p| p.leaves_an_album_in_doubt());
        let words = points.iter().filter(|p| p.is_in_doubt());
        assert_eq!((albums.count(), words.count()), (1, 5));
    }

    #[test]
    fn every_point_has_a_path() {
        let on = |journey: Journey| {
            let journeys =
                failpoints::points().map(|name| name.parse::<Point>().unwrap().journey());
            journeys.filter(|way| *way == journey).count()
        };
        // Three points for each of its activities.
        assert_eq!(on(Journey::Undone), 6);
        assert_eq!(on(Journey::Lost), 6);
        for chore in [Chore::RaiseAlert, Chore::CollectBlobs, Chore::Prune] {
            assert_eq!(on(Journey::Kept(chore)), 3, "{chore:?}");
        }
        for chore in [Chore::Answer, Chore::Wisdom] {
            assert_eq!(on(Journey::Kept(chore)), 6, "{chore:?}");
        }
        assert_eq!(on(Journey::Nowhere), 76);
        assert!("paint.before".parse::<Point>().is_err());
    }
}
