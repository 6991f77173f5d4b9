//! The progress bar of `make`: the current stage, and what delays it.

use std::{convert::Infallible, time::Duration};

use domain::{CarouselId, CarouselStage};
use gateway::carousel_client::CarouselClient;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The polling interval for the workflow's progress.
const PROGRESS_POLL: Duration = Duration::from_millis(150);

/// After this time without progress, the pending activities are queried for the cause.
const STALLED: Duration = Duration::from_secs(3);

/// A bar on stderr; lines if stderr is not a terminal.
pub(super) struct MakeProgress {
    bar: ProgressBar,
    quiet: bool,
}

impl MakeProgress {
    /// `quiet` suppresses the lines if there is no terminal.
    pub(super) fn start(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(CarouselStage::SUCCESS_PATH.len() as u64),
            ProgressDrawTarget::stderr(),
        );
        let style = ProgressStyle::with_template("  {bar:28} {pos}/{len}  {msg}  {elapsed:.dim}");
        bar.set_style(style.expect("the template is a constant").progress_chars("━━╌"));
        bar.set_message("starting");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, quiet }
    }

    /// Prints a line above the bar.
    #[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
    pub(super) fn print_line(&self, line: &str) {
        if !self.bar.is_hidden() {
            self.bar.println(format!("  {line}"));
        } else if !self.quiet {
            eprintln!("{line}");
        }
    }

    /// Shows the progress of a carousel until it is dropped.
    pub(super) async fn follow(&self, carousels: &CarouselClient, id: &CarouselId) -> Infallible {
        let mut last = (String::new(), std::time::Instant::now());
        loop {
            tokio::time::sleep(PROGRESS_POLL).await;
            let Some(now) = carousels.progress(id).await else {
                continue;
            };
            self.bar.set_position(u64::from(now.done));
            if now.stage != last.0 {
                self.bar.set_message(stage_text(&now.stage, &now.provider));
                last = (now.stage, std::time::Instant::now());
            } else if last.1.elapsed() > STALLED
                && let Ok(status) = carousels.status(id).await
                && let Some(trouble) = status.retrying.first()
            {
                let stage = stage_text(&last.0, &now.provider);
                let (n, why) = (trouble.attempt, &trouble.reason);
                self.bar.set_message(format!("{stage} (attempt {n}: {why})"));
            }
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The text for a stage.
fn stage_text(stage: &str, provider: &str) -> String {
    let words = match stage.parse() {
        Ok(CarouselStage::Queued) => "waiting for a worker",
        Ok(CarouselStage::Opening) => "storing the request",
        Ok(CarouselStage::Analysing) => "analysing the topic",
        Ok(CarouselStage::Writing) => "writing the slides",
        Ok(CarouselStage::Saving) => "storing the draft",
        Ok(CarouselStage::Reviewing) => "waiting for a review of the draft",
        Ok(CarouselStage::Drawing) => "drawing",
        Ok(CarouselStage::Delivering) => "delivering",
        Ok(CarouselStage::Completing) => "finishing",
        Ok(CarouselStage::Undoing) => "undoing finished steps",
        Ok(CarouselStage::Finished) => "done",
        Err(_) => stage,
    };
    match stage.parse() {
        Ok(CarouselStage::Analysing | CarouselStage::Writing) if !provider.is_empty() => {
            format!("{words} ({provider})")
        }
        _ => words.to_owned(),
    }
}
