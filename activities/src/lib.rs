//! Temporal activities, as services of the pools. An activity parses records into `domain` types, has
//! one idempotent effect, and returns a result. Order, retries and timeouts belong to `workflows`.

pub mod activity_failpoints;
pub mod activity_failure;
mod activity_handler;
pub mod activity_run;
pub mod ai;
pub mod broadcast_service;
pub mod delivery;
pub mod maintenance;
pub mod persistence;
pub mod privacy_service;
pub mod render;
pub mod schedule_service;
mod unreachable_users;
mod webhook_calls;
