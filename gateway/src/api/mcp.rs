//! A server of the Model Context Protocol: what the API can do, as tools for an assistant. Over HTTP at `/mcp` with a
//! token of the API, or over standard input and output for the operator (`gateway mcp`).

mod arguments;

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{ApiScope, Language, RequestSource, UserId};
use events::request::GenerateRequest;
use rmcp::{
    RoleServer, ServerHandler, ServiceExt as _,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig},
    service::RequestContext,
    tool, tool_handler, tool_router,
    transport::{
        StreamableHttpServerConfig, StreamableHttpService,
        streamable_http_server::session::never::NeverSessionManager,
    },
};
use runtime::settings::Settings;
use serde::Serialize;
use storage::{
    Database, DatabaseOptions, DatabaseRole,
    carousels::{self, CarouselFilter},
};
use temporalio_client::Client;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use arguments::{
    CarouselRef, ChangeRef, EarlierRevision, MakeCarousel, NewCaption, NewSlide, RestyleCarousel,
    RevisionRef, RewriteCarousel, ShowCarousel, SlideChange, SlideOrder,
};

use super::{
    ApiState,
    auth::Caller,
    carousels::{is_in_review, view},
    changes,
    problem::ApiProblem,
    slides::{SlidesView, slides_of},
    views::CarouselView,
};
use crate::{
    carousel_client::{CarouselOptions, ProviderChoice, REVIEW_TIME},
    requests::{
        OwnCarousel, OwnedBy, RequestKey, RequestService, RequestedEdit, Requester,
        carousel_request_of,
    },
};

pub(super) const PATH: &str = "/mcp";

/// Longest message of a client: a text of 20,000 characters, and room.
const MESSAGE_BYTES: usize = 256 << 10;

/// Longest wait of a tool, below the API's time limit of a call.
const LONGEST_WAIT: u64 = 20;

const POLL_INTERVAL: Duration = Duration::from_millis(300);

/// Carousels in a list.
const LISTED: u32 = 20;

const INSTRUCTIONS: &str = "Makes Instagram carousels. Call make_carousel, then show_carousel with wait_seconds until its \
    status is no longer accepted or in_progress. It shows the slides as texts and pictures. Then change_slide, \
    arrange_slides, add_slide, change_caption, restyle_carousel or rewrite_carousel, each of which makes a new revision in \
    the background: show_carousel with after_revision waits for it, and show_change says what came of it. \
    restore_revision undoes. With review, the stage is reviewing once the texts are written: change them, then call \
    draw_carousel.";

/// The tools. Cheap to clone.
#[derive(Clone)]
pub(super) struct CarouselTools {
    service: RequestService,
    /// Who asks; `None` if each call says so by its token.
    requester: Option<Requester>,
    tool_router: ToolRouter<Self>,
}

/// A carousel with its slides, as `show_carousel` answers it.
#[derive(Debug, Serialize)]
struct ShownCarousel {
    #[serde(flatten)]
    carousel: CarouselView,
    /// `null` before they are written.
    slides: Option<SlidesView>,
}

#[tool_router]
impl CarouselTools {
    fn new(service: RequestService, requester: Option<Requester>) -> Self {
        Self { service, requester, tool_router: Self::tool_router() }
    }

    /// Make a carousel. It is made in the background; the answer has its id.
    #[tool]
    async fn make_carousel(
        &self,
        Parameters(wanted): Parameters<MakeCarousel>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(self.make(wanted, &context).await)
    }

    /// Show a carousel: its state, the texts of its slides, and their pictures.
    #[tool(annotations(read_only_hint = true))]
    async fn show_carousel(
        &self,
        Parameters(wanted): Parameters<ShowCarousel>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(self.show(wanted, &context).await)
    }

    /// List the newest carousels.
    #[tool(annotations(read_only_hint = true))]
    async fn list_carousels(&self, context: RequestContext<RoleServer>) -> CallToolResult {
        answer(self.list(&context).await)
    }

    /// Change one slide of a finished carousel.
    #[tool]
    async fn change_slide(
        &self,
        Parameters(change): Parameters<SlideChange>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let SlideChange { id, slide, text, instruction, revision } = change;
        let edit = match RequestedEdit::of_slide(slide, text, instruction) {
            Ok(edit) => edit,
            Err(failure) => return answer(Err(failure.into())),
        };
        answer(self.revise(&id, revision, edit, &context).await)
    }

    /// Draw a finished carousel in another theme.
    #[tool]
    async fn restyle_carousel(
        &self,
        Parameters(change): Parameters<RestyleCarousel>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let edit = RequestedEdit::Restyle { theme: change.theme };
        answer(self.revise(&change.id, change.revision, edit, &context).await)
    }

    /// Write a finished carousel again, or let a model change it by an instruction.
    #[tool]
    async fn rewrite_carousel(
        &self,
        Parameters(change): Parameters<RewriteCarousel>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let edit = RequestedEdit::rewrite(change.instruction);
        answer(self.revise(&change.id, change.revision, edit, &context).await)
    }

    /// Remove slides, or change their order.
    #[tool]
    async fn arrange_slides(
        &self,
        Parameters(change): Parameters<SlideOrder>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let SlideOrder { id, order, revision } = change;
        answer(self.revise(&id, revision, RequestedEdit::Arrange { order }, &context).await)
    }

    /// Add a slide after another one.
    #[tool]
    async fn add_slide(
        &self,
        Parameters(change): Parameters<NewSlide>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let NewSlide { id, after, text, revision } = change;
        answer(self.revise(&id, revision, RequestedEdit::Add { after, text }, &context).await)
    }

    /// Change the caption and its hashtags.
    #[tool]
    async fn change_caption(
        &self,
        Parameters(change): Parameters<NewCaption>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let NewCaption { id, caption, hashtags, revision } = change;
        answer(
            self.revise(&id, revision, RequestedEdit::Caption { caption, hashtags }, &context)
                .await,
        )
    }

    /// Go back to an earlier revision, which undoes changes.
    #[tool]
    async fn restore_revision(
        &self,
        Parameters(change): Parameters<EarlierRevision>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let EarlierRevision { id, to, revision } = change;
        answer(self.revise(&id, revision, RequestedEdit::Restore { to }, &context).await)
    }

    /// Draw a carousel that was made with review.
    #[tool]
    async fn draw_carousel(
        &self,
        Parameters(change): Parameters<RevisionRef>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let RevisionRef { id, revision } = change;
        answer(self.revise(&id, revision, RequestedEdit::Draw, &context).await)
    }

    /// Send a finished carousel to its owner's Telegram chat.
    #[tool]
    async fn send_carousel(
        &self,
        Parameters(change): Parameters<RevisionRef>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let RevisionRef { id, revision } = change;
        answer(self.revise(&id, revision, RequestedEdit::Send, &context).await)
    }

    /// Say what came of a change: pending, done, or refused with the reason.
    #[tool(annotations(read_only_hint = true))]
    async fn show_change(
        &self,
        Parameters(ChangeRef { id, change }): Parameters<ChangeRef>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(self.change(&id, change, &context).await)
    }

    /// Cancel a carousel. Possible until its delivery begins.
    #[tool]
    async fn cancel_carousel(
        &self,
        Parameters(CarouselRef { id }): Parameters<CarouselRef>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        answer(self.cancel(&id, &context).await)
    }

    /// List the themes.
    #[tool(annotations(read_only_hint = true))]
    async fn list_themes(&self) -> CallToolResult {
        let themes: Vec<&str> =
            self.service.renderer.themes().map(domain::ThemeId::as_str).collect();
        answer(json(&serde_json::json!({ "themes": themes })))
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for CarouselTools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("bible-vibecoder", runtime::VERSION))
            .with_instructions(INSTRUCTIONS)
    }
}

impl CarouselTools {
    /// Who asks: the operator, or the owner of the call's token, if it has this scope.
    fn requester(
        &self,
        context: &RequestContext<RoleServer>,
        scope: ApiScope,
    ) -> Result<Requester, ApiProblem> {
        if let Some(requester) = &self.requester {
            return Ok(requester.clone());
        }
        let parts = context.extensions.get::<Parts>();
        let caller = parts.and_then(|parts| parts.extensions.get::<Caller>());
        let caller = caller.cloned().ok_or(ApiProblem::NoToken)?;
        Ok(caller.with_scope(scope)?.requester())
    }

    async fn make(
        &self,
        wanted: MakeCarousel,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsWrite)?;
        let MakeCarousel {
            topic,
            text,
            link,
            language,
            slides,
            theme,
            format,
            offline,
            review,
            key,
        } = wanted;
        let wanted = GenerateRequest {
            topic,
            text,
            link,
            language,
            slides,
            style: theme,
            format,
            offline,
            ..GenerateRequest::default()
        };
        let digest = super::idempotency::digest("make_carousel", &(&wanted, review), None);
        let key = request_key(&requester, key, Some(digest))?;
        let request = carousel_request_of(&wanted)?;
        let options = CarouselOptions {
            review: review.then_some(REVIEW_TIME),
            ..ProviderChoice::offline_if(offline).into()
        };
        let made = self.service.generate(&requester, &key, request, options).await?;
        let own = self.service.own(&requester, made.id.as_str()).await?;
        json(&CarouselView::of_own(own, Language::En))
    }

    async fn show(
        &self,
        wanted: ShowCarousel,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsRead)?;
        let deadline = Instant::now() + Duration::from_secs(wanted.wait_seconds.min(LONGEST_WAIT));
        let own = loop {
            let own = self.service.own(&requester, &wanted.id).await?;
            let is_ready = is_ready(&own, wanted.after_revision)
                || wanted.after_revision == 0 && is_in_review(&self.service, &own).await?;
            if is_ready || Instant::now() >= deadline {
                break own;
            }
            sleep(POLL_INTERVAL).await;
        };
        let written = match &own {
            OwnCarousel::Stored(carousel) => {
                carousel.revision.map(|revision| (carousel.clone(), revision))
            }
            OwnCarousel::Accepted { .. } => None,
        };
        let mut pictures = Vec::new();
        let mut slides = None;
        if let Some((carousel, revision)) = written {
            slides = Some(slides_of(&self.service, &carousel, revision).await?);
            if !wanted.texts_only {
                for (key, picture) in self.service.pictures(&carousel.id, revision).await? {
                    let bytes = self.service.blobs.get(&key).await?;
                    let data = BASE64_STANDARD.encode(&bytes);
                    pictures.push(ContentBlock::image(data, media_type(&picture.key)));
                }
            }
        }
        let carousel = view(&self.service, own, Language::En).await?;
        let mut result = json(&ShownCarousel { carousel, slides })?;
        result.content.extend(pictures);
        Ok(result)
    }

    async fn list(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsRead)?;
        let filter = CarouselFilter {
            user: Some(requester.user),
            open_only: false,
            limit: LISTED,
            after: None,
        };
        let page = carousels::list(&self.service.db.read(), &filter).await?;
        let views: Vec<CarouselView> =
            page.rows.iter().map(|row| CarouselView::of(row, Language::En)).collect();
        json(&serde_json::json!({ "carousels": views }))
    }

    async fn revise(
        &self,
        id: &str,
        base: u32,
        edit: RequestedEdit,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsWrite)?;
        let key = request_key(&requester, None, None)?;
        let accepted = self.service.revise(&requester, &key, id, base, &edit).await?;
        json(&serde_json::json!({
            "carousel": id,
            "workflow": accepted.workflow,
            "change": accepted.name,
        }))
    }

    async fn change(
        &self,
        id: &str,
        change: String,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsRead)?;
        json(&changes::result_of(&self.service, &requester, id, change, Language::En).await?)
    }

    async fn cancel(
        &self,
        id: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ApiProblem> {
        let requester = self.requester(context, ApiScope::CarouselsWrite)?;
        let id = self.service.cancel(&requester, id).await?;
        let own = self.service.own(&requester, id.as_str()).await?;
        json(&view(&self.service, own, Language::En).await?)
    }
}

/// The HTTP transport. It keeps no sessions, so any gateway answers any call.
pub(super) fn http(api: &ApiState) -> StreamableHttpService<CarouselTools, NeverSessionManager> {
    let tools = CarouselTools::new(api.service.clone(), None);
    // A token is needed, which a page that a browser was lured to does not have. So any host name will do.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MESSAGE_BYTES)
        .disable_allowed_hosts();
    StreamableHttpService::new(
        move || Ok(tools.clone()),
        NeverSessionManager::default().into(),
        config,
    )
}

/// Refuses calls without a valid token, and gives the caller to the tools.
pub(super) async fn authenticate(
    State(_): State<ApiState>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Serves one client over standard input and output, as the operator, until it closes them.
///
/// # Errors
/// If the stores can't be opened, or the client does not speak the protocol.
pub async fn serve_stdio(settings: &Settings, client: Client) -> anyhow::Result<()> {
    let url = settings.data.database_url.expose();
    let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
    let service = RequestService::on(db, settings, client)?;
    let user = UserId::local();
    let operator = Requester {
        name: "this machine".to_owned(),
        owns: OwnedBy::User(user.clone()),
        user,
        counted_as: "mcp".to_owned(),
        per_day: u32::MAX,
        chat: None,
    };
    let tools = CarouselTools::new(service, Some(operator));
    tools.serve(rmcp::transport::stdio()).await?.waiting().await?;
    Ok(())
}

/// Whether a carousel has ended, in a revision after this one.
fn is_ready(own: &OwnCarousel, after: u32) -> bool {
    match own {
        OwnCarousel::Accepted { outcome, .. } => outcome.is_some(),
        OwnCarousel::Stored(carousel) => {
            let has_ended = carousel.state.outcome().is_some();
            has_ended && (after == 0 || carousel.revision.is_some_and(|revision| revision > after))
        }
    }
}

fn request_key(
    requester: &Requester,
    key: Option<String>,
    digest: Option<String>,
) -> Result<RequestKey, ApiProblem> {
    let digest = digest.filter(|_| key.is_some());
    let key = key.unwrap_or_else(|| Uuid::now_v7().to_string());
    let named = RequestKey::new(RequestSource::Api, requester.user.as_str(), &key);
    let named = named.map_err(|error| ApiProblem::Invalid(error.to_string()))?;
    Ok(RequestKey { digest, ..named })
}

fn media_type(name: &str) -> &'static str {
    if name.ends_with(".png") { "image/png" } else { "image/jpeg" }
}

fn json(value: &impl Serialize) -> Result<CallToolResult, ApiProblem> {
    let value = serde_json::to_value(value).map_err(ApiProblem::unavailable)?;
    Ok(CallToolResult::structured(value))
}

/// An error is a result that the assistant reads.
fn answer(result: Result<CallToolResult, ApiProblem>) -> CallToolResult {
    result.unwrap_or_else(|problem| {
        CallToolResult::error(vec![ContentBlock::text(problem.to_string())])
    })
}
