//! The routes of the API and their OpenAPI description, which are one thing.

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use utoipa::{
    OpenApi,
    openapi::{
        Components, ContentBuilder, Ref, ResponseBuilder,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiState, brand, carousels, changes, events, files, previews, problem, progress, sessions,
    slides, themes, webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bible VibeCoder",
        version = "1",
        description = "Makes Instagram carousels of topics, texts, links and files. docs/api/http.md has examples.",
        license(name = "MIT", identifier = "MIT"),
        contact(name = "The operator"),
    ),
    servers((url = "/")),
    tags(
        (name = "carousels", description = "Making and reading carousels"),
        (name = "changes", description = "Changing carousels"),
        (name = "themes", description = "How carousels look"),
        (name = "previews", description = "Slides that are not stored"),
        (name = "brand", description = "What slides show of their author"),
        (name = "sessions", description = "Signing in to the studio"),
        (name = "events", description = "Requests as CloudEvents"),
        (name = "webhooks", description = "Calls when a carousel ends or changes"),
    ),
    components(schemas(problem::Problem, progress::ProgressEvent)),
)]
struct ApiDocument;

/// All routes with their description.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(ApiDocument::openapi())
        .routes(routes!(carousels::create, carousels::list))
        .routes(routes!(carousels::show))
        .routes(routes!(progress::stream))
        .routes(routes!(slides::list, changes::add_slide))
        .routes(routes!(changes::arrange))
        .routes(routes!(changes::change_caption))
        .routes(routes!(changes::restore))
        .routes(routes!(changes::draw))
        .routes(routes!(changes::send))
        .routes(routes!(changes::show))
        .routes(routes!(changes::change_slide))
        .routes(routes!(changes::restyle))
        .routes(routes!(changes::rewrite))
        .routes(routes!(changes::cancel))
        .routes(routes!(files::show))
        .routes(routes!(themes::list))
        .routes(routes!(themes::picture))
        .routes(routes!(previews::draw))
        .routes(routes!(brand::show, brand::change))
        .routes(routes!(brand::picture, brand::set_picture, brand::remove_picture))
        .routes(routes!(sessions::begin))
        .routes(routes!(sessions::show, sessions::end))
        .routes(routes!(events::send))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::delete))
        .routes(routes!(webhooks::test))
}

/// The OpenAPI 3.1 description of all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = routes().split_for_parts();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", bearer);
    let scopes: [&str; 0] = [];
    document.security = Some(vec![SecurityRequirement::new("token", scopes)]);
    for path in document.paths.paths.values_mut() {
        let operations =
            [&mut path.get, &mut path.post, &mut path.patch, &mut path.put, &mut path.delete];
        operations.into_iter().flatten().for_each(describe_errors);
    }
    document
}

/// Every operation answers errors in one form.
fn describe_errors(operation: &mut Operation) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new()
        .description("An error; its `type` says which")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), response.into());
}

pub(super) async fn show(State(api): State<ApiState>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], api.description.clone())
}
