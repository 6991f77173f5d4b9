//! Holds the rows of carousels against their events: `gateway rebuild --check`.
//!
//! Every change of a carousel's rows is written in one transaction with its event, so
//! [`CarouselProjection`] gives the same state. A difference means that a row was changed without
//! an event, or the reverse.

use std::fmt;

use domain::{CarouselId, Outcome};
use events::{CarouselProjection, Event, ProjectedStage, ProjectedUsage};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Query,
};

use crate::{
    CommittedReader, ReadAccess, Result,
    carousels::{self, Carousel, CarouselFilter},
    entity::{carousel, event, revision},
    outbox::{self, StoredEvent},
    usage,
};

/// Carousels per query.
const PAGE: u32 = 200;

/// How often a carousel is read that changes meanwhile.
const MAX_READS: u32 = 5;

/// At most so many carousels without a row are reported.
const MAX_WITHOUT_ROW: u64 = 100;

/// The event that begins every carousel. Events are pruned oldest first, so while it is stored, all
/// later ones are too.
const FIRST_EVENT: &str = "carousel.generate.requested";

/// What the comparison of all carousels found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Carousels that were compared.
    pub compared: u64,
    /// Skipped: their first events were pruned.
    pub pruned: u64,
    /// Skipped: they changed whenever they were read.
    pub busy: u64,
    /// Compared without cost, because events of an older version do not have it.
    pub without_cost: u64,
    pub differences: Vec<RebuildDifference>,
}

/// A field of a carousel in which the rows differ from the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildDifference {
    /// The carousel's id.
    pub carousel: String,
    pub field: &'static str,
    /// The value in the rows.
    pub stored: String,
    pub from_events: String,
}

enum Comparison {
    Pruned,
    Busy,
    Done { without_cost: bool, differences: Vec<RebuildDifference> },
}

/// Compares every carousel with its events.
pub async fn check(on: &CommittedReader) -> Result<RebuildReport> {
    let mut report = RebuildReport::default();
    let mut filter = CarouselFilter { limit: PAGE, ..CarouselFilter::default() };
    loop {
        let page = carousels::list(on, &filter).await?;
        if let Some(error) = page.unreadable.into_iter().next() {
            return Err(error);
        }
        for carousel in &page.rows {
            report.add(compare(on, &carousel.id).await?);
        }
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    report.differences.extend(without_row(on).await?);
    Ok(report)
}

/// Rows and events are read one after the other; if an event was added meanwhile, both are read
/// again.
async fn compare(on: &CommittedReader, id: &CarouselId) -> Result<Comparison> {
    for _ in 0..MAX_READS {
        let events = outbox::of_carousel(on, id).await?;
        if !events.iter().any(|event| event.kind == FIRST_EVENT) {
            return Ok(Comparison::Pruned);
        }
        let Some(carousel) = carousels::find(on, id).await? else {
            continue;
        };
        let stored = stored_state(on, &carousel).await?;
        let newest = outbox::last_event_id(on, id.as_str()).await?;
        if newest.as_ref() == events.last().map(|event| &event.id) {
            return Ok(compare_with(id, &stored, &events));
        }
    }
    Ok(Comparison::Busy)
}

fn compare_with(
    id: &CarouselId,
    stored: &CarouselProjection,
    events: &[StoredEvent],
) -> Comparison {
    let read: Result<Vec<Event>> = events.iter().map(StoredEvent::event).collect();
    match read {
        Ok(events) => {
            let projected = CarouselProjection::of(&events);
            Comparison::Done {
                without_cost: projected.usage.cost_micros.is_none(),
                differences: differences(id, stored, &projected),
            }
        }
        Err(error) => Comparison::Done {
            without_cost: false,
            differences: vec![RebuildDifference {
                carousel: id.to_string(),
                field: "events",
                stored: "readable".to_owned(),
                from_events: error.to_string(),
            }],
        },
    }
}

/// The state of a carousel in its rows.
async fn stored_state(on: &impl ReadAccess, carousel: &Carousel) -> Result<CarouselProjection> {
    let id = &carousel.id;
    let revisions = revision::Entity::find()
        .filter(revision::Column::CarouselId.eq(id.as_str()))
        .count(on.connection())
        .await?;
    let (mut slides, mut pictures) = (0, None);
    if let Some(current) = carousel.revision {
        let saved = carousels::find_draft(on, id, current).await?;
        slides = saved.map_or(0, |saved| saved.draft.slides.len());
        pictures = Some(count(carousels::pictures(on, id, current).await?.len()));
    }
    let used = usage::of_workflow(on, &carousel.user, id.as_str()).await?;
    let stage = match (carousel.state.is_open(), carousel.revision) {
        (false, _) => ProjectedStage::Ended,
        (true, Some(_)) => ProjectedStage::Drafted,
        (true, None) => ProjectedStage::Opened,
    };
    Ok(CarouselProjection {
        stage,
        outcome: carousel.state.outcome(),
        revision: carousel.revision,
        provider: carousel.provider.clone(),
        revisions: u32::try_from(revisions).unwrap_or(u32::MAX),
        slides: count(slides),
        pictures,
        usage: ProjectedUsage {
            tokens: Some(used.tokens_in + used.tokens_out),
            cost_micros: Some(used.cost_micros),
        },
    })
}

fn differences(
    id: &CarouselId,
    stored: &CarouselProjection,
    projected: &CarouselProjection,
) -> Vec<RebuildDifference> {
    // Destructured, so that a new field can't be forgotten here.
    let CarouselProjection {
        stage,
        outcome,
        revision,
        provider,
        revisions,
        slides,
        pictures,
        usage,
    } = stored;
    // What the events do not say is not compared. The pictures of a carousel that is being sent are
    // stored before its events.
    let was_sent = matches!(outcome, Some(Outcome::Delivered | Outcome::Unknown));
    let pictures_known = was_sent && projected.pictures.is_some();
    let known = |value: Option<u64>, of: Option<u64>| value.filter(|_| of.is_some());
    let drawn = |pictures: Option<u32>| pictures.filter(|_| pictures_known);
    let (was, used) = (&projected.usage, usage);
    let fields = [
        ("stage", shown(Some(*stage)), shown(Some(projected.stage))),
        ("outcome", shown(*outcome), shown(projected.outcome)),
        ("revision", shown(*revision), shown(projected.revision)),
        ("provider", shown(provider.clone()), shown(projected.provider.clone())),
        ("revisions", shown(Some(*revisions)), shown(Some(projected.revisions))),
        ("slides", shown(Some(*slides)), shown(Some(projected.slides))),
        ("pictures", shown(drawn(*pictures)), shown(drawn(projected.pictures))),
        ("tokens", shown(known(used.tokens, was.tokens)), shown(was.tokens)),
        ("cost", shown(known(used.cost_micros, was.cost_micros)), shown(was.cost_micros)),
    ];
    let differing = fields.into_iter().filter(|(_, stored, from_events)| stored != from_events);
    let difference = |(field, stored, from_events)| RebuildDifference {
        carousel: id.to_string(),
        field,
        stored,
        from_events,
    };
    differing.map(difference).collect()
}

/// Carousels that have a first event and no row.
async fn without_row(on: &impl ReadAccess) -> Result<Vec<RebuildDifference>> {
    let rows = Query::select().column(carousel::Column::Id).from(carousel::Entity).to_owned();
    let ids: Vec<String> = event::Entity::find()
        .select_only()
        .column(event::Column::CorrelationId)
        .filter(event::Column::Kind.eq(FIRST_EVENT))
        .filter(event::Column::CorrelationId.not_in_subquery(rows))
        .order_by_asc(event::Column::Seq)
        .limit(MAX_WITHOUT_ROW)
        .into_tuple()
        .all(on.connection())
        .await?;
    let difference = |carousel| RebuildDifference {
        carousel,
        field: "row",
        stored: "none".to_owned(),
        from_events: "opened".to_owned(),
    };
    Ok(ids.into_iter().map(difference).collect())
}

impl RebuildReport {
    fn add(&mut self, comparison: Comparison) {
        match comparison {
            Comparison::Pruned => self.pruned += 1,
            Comparison::Busy => self.busy += 1,
            Comparison::Done { without_cost, differences } => {
                self.compared += 1;
                self.without_cost += u64::from(without_cost);
                self.differences.extend(differences);
            }
        }
    }
}

impl fmt::Display for RebuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "{difference}")?;
        }
        let differing = self.differences.len();
        writeln!(
            f,
            "{} carousels compared with their events: {differing} differences",
            self.compared
        )?;
        for (number, skipped) in [
            (self.pruned, "skipped: their first events were deleted after the retention time"),
            (self.busy, "skipped: they changed while they were read; run this again"),
            (self.without_cost, "compared without cost: events of an older version don't have it"),
        ] {
            if number > 0 {
                writeln!(f, "{number} {skipped}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for RebuildDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { carousel, field, stored, from_events } = self;
        write!(f, "{carousel}: {field} is {stored} in its rows, {from_events} by its events")
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
