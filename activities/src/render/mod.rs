//! The render pool: draws the slides of a carousel on all cores and reuses stored pictures.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use ::render::{Picture, RenderOptions, Renderer, SlideBrand, SlidePosition, SlideRefusal};
use domain::record::OverflowRecord;
use domain::{ImageKind, Slide, ThemeId, record::BlobRecord};
use metrics::Metrics;
use storage::Blobs;
use tokio::sync::mpsc;
use workflows::carousel::{CarouselRendered, RenderCarousel, RenderInput};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun, to_millis},
};

pub struct RenderService {
    renderer: Renderer,
    blobs: Blobs,
    threads: NonZeroUsize,
    conditions: ActivityEnvironment,
}

struct RenderRequest {
    slides: Vec<(Slide, SlidePosition)>,
    look: RenderOptions,
    image: ImageKind,
}

struct DrawnSlide {
    index: usize,
    picture: Result<Picture, SlideRefusal>,
}

impl RenderService {
    /// Draws on `threads` threads.
    pub fn new(
        renderer: Renderer,
        blobs: Blobs,
        threads: NonZeroUsize,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { renderer, blobs, threads, conditions }
    }
}

impl HandleActivity<RenderCarousel> for RenderService {
    async fn handle(&self, run: ActivityRun, input: RenderInput) -> Result<CarouselRendered> {
        let started = run.now();
        let brand = export::resolve_brand(&self.blobs, input.brand.as_ref()).await?;
        let order = Arc::new(RenderRequest::read(&input, brand)?);
        let mut pictures = self.find(&order).await?;
        let missing: Vec<usize> = (0..pictures.len()).filter(|i| pictures[*i].is_none()).collect();
        let reused = pictures.len() - missing.len();
        run.metrics().slides_reused.add(metrics::count(reused as u64), []);
        self.draw(&order, missing, &mut pictures).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(CarouselRendered {
            pictures: pictures.into_iter().flatten().collect(),
            reused: u32::try_from(reused).unwrap_or(u32::MAX),
            requested_at: to_millis(run.requested_at),
            started_at: to_millis(started),
            finished_at: to_millis(run.now()),
            backend: self.renderer.backend().name().to_owned(),
        })
    }
}

impl RenderService {
    /// The pictures that are stored already.
    async fn find(&self, order: &RenderRequest) -> Result<Vec<Option<BlobRecord>>> {
        let mut found = Vec::with_capacity(order.slides.len());
        for index in 0..order.slides.len() {
            let recipe = self.cache_key(order, index);
            found.push(self.blobs.cached_picture(&recipe).await?);
        }
        Ok(found)
    }

    /// Draws the `missing` slides and stores each when it is ready.
    async fn draw(
        &self,
        order: &Arc<RenderRequest>,
        missing: Vec<usize>,
        pictures: &mut [Option<BlobRecord>],
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let (send, mut drawn) = mpsc::channel(missing.len());
        let easel = RenderThreads {
            renderer: self.renderer.clone(),
            order: order.clone(),
            missing,
            threads: self.threads,
            metrics: self.conditions.metrics().clone(),
        };
        // Dropped with this future when the activity is cancelled or a slide is refused.
        let stop = StopOnDrop(Arc::new(AtomicBool::new(false)));
        let flag = stop.0.clone();
        let drawing = tokio::task::spawn_blocking(move || easel.draw_all(&send, &flag));
        // Every overflowing slide is reported, so that all are shortened at once.
        let mut tight: Vec<OverflowRecord> = Vec::new();
        while let Some(DrawnSlide { index, picture }) = drawn.recv().await {
            let picture = match picture {
                Ok(picture) => picture,
                Err(SlideRefusal::Overflow { what, needs, has }) => {
                    tight.push(OverflowRecord {
                        slide: u32::try_from(index + 1).unwrap_or(u32::MAX),
                        what,
                        needs,
                        has,
                    });
                    continue;
                }
                Err(refusal) => {
                    return Err(ActivityFailure::Slide(format!("slide {}: {refusal}", index + 1)));
                }
            };
            let blob = self.blobs.put(picture.bytes, order.image.extension()).await?;
            self.blobs.cache_picture(&self.cache_key(order, index), &blob).await?;
            pictures[index] = Some(blob);
        }
        drawing.await.map_err(|e| ActivityFailure::Unavailable {
            reason: format!("the drawing task failed: {e}"),
            retry_after: None,
        })?;
        tight.sort_by_key(|overflow| overflow.slide);
        overflowing(tight)
    }

    fn cache_key(&self, order: &RenderRequest, index: usize) -> [u8; 32] {
        let (slide, place) = &order.slides[index];
        self.renderer.cache_key(slide, *place, &order.look, order.image)
    }
}

handles!(RenderService: RenderCarousel);

impl RenderRequest {
    fn read(input: &RenderInput, brand: SlideBrand) -> Result<Self> {
        let wrong = |e: &dyn std::fmt::Display| ActivityFailure::Input(e.to_string());
        let slide = |(i, record)| {
            Slide::try_from(record)
                .map_err(|e| ActivityFailure::Slide(format!("slide {}: {e}", i + 1)))
        };
        let slides: Vec<Slide> =
            input.slides.iter().enumerate().map(slide).collect::<Result<_, _>>()?;
        let places = SlidePosition::all(slides.len());
        Ok(Self {
            slides: slides.into_iter().zip(places).collect(),
            look: RenderOptions {
                theme: ThemeId::parse(&input.theme).map_err(|e| wrong(&e))?,
                format: input.format.parse().map_err(|e| wrong(&e))?,
                language: input.language.parse().map_err(|e| wrong(&e))?,
                brand,
            },
            image: input.image.parse().map_err(|e| wrong(&e))?,
        })
    }
}

/// The part of a render request that runs on the threads.
struct RenderThreads {
    renderer: Renderer,
    order: Arc<RenderRequest>,
    missing: Vec<usize>,
    threads: NonZeroUsize,
    metrics: Arc<Metrics>,
}

impl RenderThreads {
    /// Each thread takes the next slide until none is left, the receiver is closed, or `stop` is
    /// set.
    fn draw_all(self, to: &mpsc::Sender<DrawnSlide>, stop: &AtomicBool) {
        let next = AtomicUsize::new(0);
        let threads = self.threads.get().min(self.missing.len());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let turn = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&index) = self.missing.get(turn) else {
                            break;
                        };
                        if to.blocking_send(self.draw(index)).is_err() {
                            break;
                        }
                    }
                });
            }
        });
    }

    fn draw(&self, index: usize) -> DrawnSlide {
        let began = Instant::now();
        let RenderRequest { slides, look, image } = &*self.order;
        let (slide, place) = &slides[index];
        let picture = self.renderer.draw(slide, *place, look, *image);
        if let Ok(picture) = &picture {
            self.metrics.slide_draw_seconds.observe(began.elapsed(), []);
            self.metrics.slides_drawn.inc([look.theme.as_str(), look.format.name()]);
            self.metrics
                .image_bytes
                .add(metrics::count(picture.bytes.len() as u64), [image.name()]);
        }
        DrawnSlide { index, picture }
    }
}

/// Fails with all overflows; the text describes the first.
fn overflowing(overflows: Vec<OverflowRecord>) -> Result<()> {
    let Some(first) = overflows.first() else {
        return Ok(());
    };
    let reason = format!(
        "slide {}: {} overflow: needs {} px, has {} px",
        first.slide, first.what, first.needs, first.has
    );
    Err(ActivityFailure::Overflow { reason, overflows })
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
