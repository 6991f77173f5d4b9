//! The progress bar of `make`: the current stage, and what delays it.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use domain::{CarouselId, CarouselStage};
use gateway::carousel_client::CarouselClient;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use workflows::carousel::CarouselProgress;

/// The polling interval for the workflow's progress.
const PROGRESS_POLL: Duration = Duration::from_millis(150);

/// After this time without progress, the pending activities are queried for the cause.
const STALLED: Duration = Duration::from_secs(3);

/// A step that fails for this long won't recover while a person waits at a terminal.
const STUCK: Duration = Duration::from_secs(3 * 60);

/// A bar on stderr; lines if stderr is not a terminal.
pub(super) struct MakeProgress {
    bar: ProgressBar,
}

impl MakeProgress {
    pub(super) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(CarouselStage::SUCCESS_PATH.len() as u64),
            ProgressDrawTarget::stderr(),
        );
        let style = ProgressStyle::with_template("  {bar:28} {pos}/{len}  {msg}  {elapsed:.dim}");
        bar.set_style(style.expect("the template is a constant").progress_chars("━━╌"));
        bar.set_message("starting");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    pub(super) fn print_line(&self, line: &str) {
        if self.bar.is_hidden() {
            // The reader of stderr may have closed it.
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            self.bar.println(format!("  {line}"));
        }
    }

    /// Shows the progress of a carousel. Returns when a step has failed for three minutes, with the
    /// reason.
    pub(super) async fn follow_until_stuck(
        &self,
        carousels: &CarouselClient,
        id: &CarouselId,
    ) -> String {
        let mut last = (None, Instant::now());
        let mut failing: Option<Instant> = None;
        loop {
            tokio::time::sleep(PROGRESS_POLL).await;
            let now = carousels.progress(id).await;
            if let Some(now) = now.as_ref().filter(|now| now.stage != last.0) {
                self.show(now);
                last = (now.stage, Instant::now());
                failing = None;
                continue;
            }
            if last.1.elapsed() <= STALLED {
                continue;
            }
            let status = carousels.status(id).await;
            let Some(retrying) = status.as_ref().ok().and_then(|s| s.retrying.first()) else {
                failing = None;
                continue;
            };
            let since = *failing.get_or_insert_with(Instant::now);
            let reason = format!("attempt {}: {}", retrying.attempt, retrying.reason);
            if since.elapsed() > STUCK {
                return format!("{} fails again and again ({reason})", retrying.activity);
            }
            self.bar.set_message(format!("{} ({reason})", stage_text(last.0, "")));
        }
    }

    /// Shows the current stage.
    fn show(&self, now: &CarouselProgress) {
        self.bar.set_position(u64::from(now.done));
        let text = stage_text(now.stage, &now.provider);
        if self.bar.is_hidden() {
            self.print_line(&text);
        }
        self.bar.set_message(text);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn stage_text(stage: Option<CarouselStage>, provider: &str) -> String {
    let words = match stage {
        Some(CarouselStage::Queued) => "waiting for a worker",
        Some(CarouselStage::Opening) => "storing the request",
        Some(CarouselStage::Analysing) => "analysing the topic",
        Some(CarouselStage::Writing) => "writing the slides",
        Some(CarouselStage::Saving) => "storing the draft",
        Some(CarouselStage::Reviewing) => "waiting for a review of the draft",
        Some(CarouselStage::Drawing) => "drawing",
        Some(CarouselStage::Delivering) => "delivering",
        Some(CarouselStage::Completing) => "finishing",
        Some(CarouselStage::Undoing) => "undoing finished steps",
        Some(CarouselStage::Finished) => "done",
        None => "working",
    };
    let asks_provider = matches!(stage, Some(CarouselStage::Analysing | CarouselStage::Writing));
    if asks_provider && !provider.is_empty() {
        format!("{words} ({provider})")
    } else {
        words.to_owned()
    }
}
