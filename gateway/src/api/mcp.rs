//! A server of the Model Context Protocol: what the API can do, as tools for an assistant. Over HTTP at `/mcp` with a
//! token of the API, or over standard input and output for the operator (`gateway mcp`).

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
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use storage::{
    Database, DatabaseOptions, DatabaseRole,
    carousels::{self, CarouselFilter},
};
use temporalio_client::Client;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    ApiState,
    auth::Caller,
    carousels::view,
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
    restyle_carousel or rewrite_carousel, each of which makes a new revision in the background: show_carousel with \
    after_revision waits for it.";

/// The tools. Cheap to clone.
#[derive(Clone)]
pub(super) struct CarouselTools {
    service: RequestService,
    /// Who asks; `None` if each call says so by its token.
    requester: Option<Requester>,
    tool_router: ToolRouter<Self>,
}

/// Give exactly one of topic, text and link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MakeCarousel {
    /// The topic, in one line of at most 300 characters.
    topic: Option<String>,
    /// A text to condense: plain or Markdown, at most 20,000 characters.
    text: Option<String>,
    /// The address of a web page to condense.
    link: Option<String>,
    /// The language, such as `en` or `ru`; by default that of the content.
    language: Option<String>,
    /// How many slides, 3 to 10; 7 by default.
    slides: Option<u8>,
    /// The name of a theme; list_themes has all.
    theme: Option<String>,
    /// 4x5, 1x1 or 9x16.
    format: Option<String>,
    /// Write without a model.
    #[serde(default)]
    offline: bool,
    /// Wait with drawing until draw_carousel: the texts can be changed before.
    #[serde(default)]
    review: bool,
    /// A key for this request: another call with the same key and content makes no second carousel.
    key: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowCarousel {
    /// The carousel's id.
    id: String,
    /// Wait up to so many seconds, at most 20, until it has ended.
    #[serde(default)]
    wait_seconds: u64,
    /// Wait until its revision is higher than this one.
    #[serde(default)]
    after_revision: u32,
    /// Without the pictures of the slides.
    #[serde(default)]
    texts_only: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SlideChange {
    /// The carousel's id.
    id: String,
    /// The slide, from 1.
    slide: u32,
    /// Its new text, in the form that show_carousel gives; one line replaces the heading. Give this or an instruction.
    text: Option<String>,
    /// What a model is to change.
    instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RestyleCarousel {
    /// The carousel's id.
    id: String,
    /// The name of a theme; list_themes has all.
    theme: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RewriteCarousel {
    /// The carousel's id.
    id: String,
    /// What a model is to change; without it, all slides are written again.
    instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CarouselRef {
    /// The carousel's id.
    id: String,
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
            if is_ready(&own, wanted.after_revision) || Instant::now() >= deadline {
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
