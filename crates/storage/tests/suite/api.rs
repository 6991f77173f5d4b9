//! Tokens of the API, and requests of other systems.

use domain::{
    ApiScope, ApiTokenId, UserId, WebhookId, WebhookSecret,
    failure::{FailureCause, FailureKind},
};
use storage::{
    api_tokens::{self, ApiToken},
    requests::{self, OutsideRequest, RequestAdmission},
    webhooks::{self, Webhook, WebhookAttempt},
};

use crate::database::{StorageTestDatabase, at, on_each_database, written};

on_each_database!(
    token_is_valid_until_it_expires_or_is_revoked,
    use_of_a_token_is_stored_to_the_minute,
    code_is_used_once_and_ended_sessions_are_pruned,
    refusal_of_an_edit_is_stored_with_its_request,
    request_counts_once_and_keeps_its_content,
    webhook_belongs_to_its_owner_until_it_is_gone,
);

fn token(id: &str) -> ApiToken {
    ApiToken {
        id: ApiTokenId::parse(id).unwrap(),
        name: "shop".to_owned(),
        owner: UserId::parse("api-shop").unwrap(),
        scopes: vec![ApiScope::CarouselsRead, ApiScope::EventsWrite],
        secret_sha256: "ab".repeat(32),
        per_day: 5,
        created_at: at(0),
        expires_at: Some(at(100)),
        revoked_at: None,
        last_used_at: None,
    }
}

async fn found(test_db: &StorageTestDatabase, id: &ApiTokenId) -> ApiToken {
    api_tokens::find(&test_db.db.read(), id).await.unwrap().unwrap()
}

async fn token_is_valid_until_it_expires_or_is_revoked(test_db: &StorageTestDatabase) {
    let (one, other) = (&token("0123456789ab"), &token("ab0123456789"));
    written!(test_db, api_tokens::create, one).unwrap();
    written!(test_db, api_tokens::create, other).unwrap();
    let stored = found(test_db, &one.id).await;
    assert_eq!((&stored.scopes, &stored.owner, stored.per_day), (&one.scopes, &one.owner, 5));
    assert!(stored.is_valid(at(99)) && !stored.is_valid(at(101)));
    let id = &one.id;
    assert!(written!(test_db, api_tokens::revoke, id, at(10)).unwrap());
    assert!(written!(test_db, api_tokens::revoke, id, at(20)).unwrap());
    let stored = found(test_db, id).await;
    assert!(!stored.is_valid(at(50)) && stored.revoked_at < Some(at(11)), "{stored:?}");
    assert!(found(test_db, &other.id).await.is_valid(at(50)));
    let none = &ApiTokenId::parse("zzzzzzzzzzzz").unwrap();
    assert!(!written!(test_db, api_tokens::revoke, none, at(10)).unwrap());
    assert_eq!(api_tokens::list(&test_db.db.read()).await.unwrap().len(), 2);
}

async fn code_is_used_once_and_ended_sessions_are_pruned(test_db: &StorageTestDatabase) {
    let with = |id: &str, scope| ApiToken { scopes: vec![scope], ..token(id) };
    let program = &token("000000000000");
    let code = &with("111111111111", ApiScope::SessionsCreate);
    let session = &with("222222222222", ApiScope::SessionsEnd);
    let open =
        &ApiToken { expires_at: Some(at(500)), ..with("333333333333", ApiScope::SessionsEnd) };
    for token in [program, code, session, open] {
        written!(test_db, api_tokens::create, token).unwrap();
    }
    let id = &code.id;
    assert!(written!(test_db, api_tokens::use_up, id, at(10)).unwrap());
    assert!(!written!(test_db, api_tokens::use_up, id, at(11)).unwrap());
    // The code was used before, and the session expires after.
    assert_eq!(written!(test_db, api_tokens::prune_sessions, at(50), 10).unwrap(), 1);
    assert_eq!(written!(test_db, api_tokens::prune_sessions, at(200), 10).unwrap(), 1);
    let left = api_tokens::list(&test_db.db.read()).await.unwrap();
    let left: Vec<&ApiTokenId> = left.iter().map(|token| &token.id).collect();
    assert_eq!(left, [&program.id, &open.id]);
}

async fn refusal_of_an_edit_is_stored_with_its_request(test_db: &StorageTestDatabase) {
    let user = &UserId::parse("api-shop").unwrap();
    let request = &OutsideRequest {
        name: "request-api-1",
        source: "api-token/1",
        user,
        workflow: "revise-carousel-api-1",
        digest: None,
        at: at(1),
    };
    written!(test_db, requests::admit, request, 5).unwrap();
    let cause = &FailureCause::from(FailureKind::InvalidInput);
    for name in ["request-api-1", "request-api-none"] {
        written!(test_db, requests::refuse, name, cause).unwrap();
    }
    let stored = async |name| requests::find(&test_db.db.read(), name).await.unwrap();
    assert_eq!(stored("request-api-1").await.unwrap().refusal.as_ref(), Some(cause));
    assert_eq!(stored("request-api-none").await, None);
}

async fn use_of_a_token_is_stored_to_the_minute(test_db: &StorageTestDatabase) {
    let token = &token("0123456789ab");
    written!(test_db, api_tokens::create, token).unwrap();
    let id = &token.id;
    assert!(api_tokens::is_use_outdated(&found(test_db, id).await, at(1)));
    written!(test_db, api_tokens::record_use, id, at(60)).unwrap();
    // Of two gateways, the earlier call may be stored later.
    written!(test_db, api_tokens::record_use, id, at(30)).unwrap();
    let stored = found(test_db, id).await;
    assert!(stored.last_used_at > Some(at(59)));
    assert!(!api_tokens::is_use_outdated(&stored, at(90)));
    assert!(api_tokens::is_use_outdated(&stored, at(121)));
}

async fn request_counts_once_and_keeps_its_content(test_db: &StorageTestDatabase) {
    let user = &UserId::parse("api-shop").unwrap();
    let request = |name: &'static str, digest: Option<&'static str>| OutsideRequest {
        name,
        source: "api-token/1",
        user,
        workflow: "carousel-api-1",
        digest,
        at: at(0),
    };
    let (first, second) = (&request("a", Some("x")), &request("b", None));
    let (other, third) = (&request("a", Some("y")), &request("c", None));
    let admit = async |request| written!(test_db, requests::admit, request, 2).unwrap();
    assert_eq!(admit(first).await, RequestAdmission::New);
    assert_eq!(admit(first).await, RequestAdmission::Repeated);
    assert_eq!(admit(other).await, RequestAdmission::Different);
    assert_eq!(admit(second).await, RequestAdmission::New);
    assert_eq!(admit(third).await, RequestAdmission::OverQuota);
    assert_eq!(admit(first).await, RequestAdmission::Repeated);
    let stored = requests::find(&test_db.db.read(), "a").await.unwrap().unwrap();
    assert_eq!((&stored.user, &*stored.workflow), (user, "carousel-api-1"));
    assert!(requests::find(&test_db.db.read(), "c").await.unwrap().is_none());
}

async fn webhook_belongs_to_its_owner_until_it_is_gone(test_db: &StorageTestDatabase) {
    let owner = &UserId::parse("api-shop").unwrap();
    let hook = |id: &str| Webhook {
        id: WebhookId::parse(id).unwrap(),
        owner: owner.clone(),
        url: "https://example.com/hook".to_owned(),
        secret: WebhookSecret::of_key("a2V5"),
        created_at: at(0),
        disabled_at: None,
        last_call: None,
    };
    let (one, two) = (&hook("0123456789ab"), &hook("ab0123456789"));
    assert!(written!(test_db, webhooks::create, one, 1).unwrap());
    assert!(!written!(test_db, webhooks::create, two, 1).unwrap());
    let listed = webhooks::list(&test_db.db.read(), owner).await.unwrap();
    let shown = |hook: &Webhook| (hook.id.clone(), hook.url.clone(), hook.secret.clone());
    assert_eq!(listed.iter().map(shown).collect::<Vec<_>>(), [shown(one)]);
    let id = &one.id;
    for (seconds, answer) in [(5, Err("no connection".to_owned())), (6, Ok(500)), (7, Ok(410))] {
        let call = &WebhookAttempt { at: at(seconds), answer };
        written!(test_db, webhooks::record, id, call).unwrap();
        let stored = webhooks::find(&test_db.db.read(), id).await.unwrap().unwrap();
        assert_eq!(stored.last_call.unwrap().answer, call.answer);
        assert_eq!(stored.disabled_at.is_some(), call.is_gone());
    }
    let other = &UserId::parse("api-other").unwrap();
    assert!(!written!(test_db, webhooks::delete, other, id).unwrap());
    assert!(written!(test_db, webhooks::delete, owner, id).unwrap());
    assert_eq!(webhooks::find(&test_db.db.read(), id).await.unwrap(), None);
}
