//! `gateway events`: looks at stored events.

use clap::{Args, Subcommand};
use domain::CarouselId;
use events::EventId;
use runtime::settings::Settings;
use storage::{
    CommittedReader, Database, DatabaseOptions, DatabaseRole,
    outbox::{self, StoredEvent},
};

use crate::{event_requests::commands, event_tree};

/// How many causes before a carousel's first event are shown.
const MAX_ANCESTORS: usize = 50;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct EventsArgs {
    /// Prints the events of this carousel as a tree of causes, with the time after each cause.
    #[arg(long, value_name = "ID", value_parser = CarouselId::parse)]
    carousel: Option<CarouselId>,
    #[command(subcommand)]
    command: Option<EventsCommand>,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Prints one event as JSON.
    Show {
        #[arg(value_parser = EventId::parse)]
        id: EventId,
    },
    /// Lists request events that were not carried out, newest first, with the reasons. Needs REDIS_URL.
    Dead {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Puts a dead letter back among the requests. Needs REDIS_URL.
    Requeue {
        /// The id that `dead` printed.
        id: String,
    },
}

impl EventsArgs {
    /// Runs the command and returns what to print.
    ///
    /// # Errors
    /// The message is for the operator.
    pub(crate) async fn run(self, settings: &Settings) -> anyhow::Result<String> {
        let shown = match self.command {
            Some(EventsCommand::Dead { limit }) => return commands::dead(settings, limit).await,
            Some(EventsCommand::Requeue { id }) => return commands::requeue(settings, &id).await,
            Some(EventsCommand::Show { id }) => Some(id),
            None => None,
        };
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
        let mut out = String::new();
        if let Some(id) = &self.carousel {
            out.push_str(&tree(&db.read(), id).await?);
        }
        if let Some(id) = &shown {
            out.push_str(&show(&db.read(), id).await?);
        }
        Ok(out)
    }
}

async fn tree(reader: &CommittedReader, id: &CarouselId) -> anyhow::Result<String> {
    let events = outbox::of_carousel(reader, id).await?;
    let Some(first) = events.first() else {
        anyhow::bail!("no event of {id} is stored: published ones are deleted after seven days");
    };
    let mut all = ancestors(reader, first).await?;
    all.extend(events);
    Ok(event_tree::render(id, &all))
}

/// The stored causes of a carousel's first event, such as those of the update that asked for it,
/// oldest first.
async fn ancestors(
    reader: &CommittedReader,
    first: &StoredEvent,
) -> anyhow::Result<Vec<StoredEvent>> {
    let mut found: Vec<StoredEvent> = Vec::new();
    let mut next = first.cause.clone();
    while let Some(cause) = next
        && found.len() < MAX_ANCESTORS
    {
        let Some(event) = outbox::find(reader, &cause).await? else {
            break;
        };
        next = event.cause.clone();
        found.insert(0, event);
    }
    Ok(found)
}

async fn show(reader: &CommittedReader, id: &EventId) -> anyhow::Result<String> {
    let Some(event) = outbox::find(reader, id).await? else {
        anyhow::bail!("no event {id} is stored: published ones are deleted after seven days");
    };
    let envelope: serde_json::Value = serde_json::from_str(&event.envelope)?;
    Ok(serde_json::to_string_pretty(&envelope)? + "\n")
}
