//! Connects the activities that `workflows` declares with the services that handle them, and
//! registers a service's activities on a worker.

use std::{marker::PhantomData, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use temporalio_common::ActivityDefinition;
use temporalio_sdk::activities::{
    ActivityContext, ActivityError, ActivityImplementer, ExecutableActivity,
};
use workflows::activity::Activity;

use crate::{
    activity_failure::{ActivityFailure, Result},
    activity_run::{ActivityEnvironment, ActivityRun},
};

/// Handles activities; [`handles`] implements it.
pub(crate) trait ActivityService {
    #[cfg(test)]
    const ACTIVITIES: &'static [&'static str];

    fn environment(&self) -> &ActivityEnvironment;
}

pub(crate) trait HandleActivity<A: Activity>: ActivityService {
    fn handle(
        &self,
        run: ActivityRun,
        input: A::Input,
    ) -> impl Future<Output = Result<A::Output>> + Send;
}

/// The activity `A`, handled by the service `S`.
pub(crate) struct Handled<S, A>(PhantomData<fn() -> (S, A)>);

impl<S: 'static, A: Activity + 'static> ActivityDefinition for Handled<S, A> {
    type Input = A::Input;
    type Output = A::Output;

    fn name(&self) -> &str {
        A::NAME
    }
}

impl<S, A> ExecutableActivity for Handled<S, A>
where
    S: HandleActivity<A> + ActivityImplementer + Send + Sync + 'static,
    A: Activity + 'static,
{
    type Implementer = S;
    const REQUIRES_INSTANCE: bool = true;

    fn definition() -> Self {
        Self(PhantomData)
    }

    fn execute(
        service: Option<Arc<S>>,
        ctx: ActivityContext,
        input: A::Input,
    ) -> BoxFuture<'static, Result<A::Output, ActivityError>> {
        async move {
            let Some(service) = service else {
                let reason = format!("{} was registered without its service", A::NAME);
                return Err(ActivityFailure::Input(reason).report(Vec::new()));
            };
            let environment = service.environment();
            environment.run(&ctx, |run| service.handle(run, input)).await
        }
        .boxed()
    }
}

/// Registers the activities that a service handles. The service has its environment in the field
/// `conditions`.
macro_rules! handles {
    ($service:ident: $($activity:ident),* $(,)?) => {
        impl $crate::activity_handler::ActivityService for $service {
            #[cfg(test)]
            const ACTIVITIES: &'static [&'static str] =
                &[$(<$activity as ::workflows::activity::Activity>::NAME),*];

            fn environment(&self) -> &$crate::activity_run::ActivityEnvironment {
                &self.conditions
            }
        }

        impl ::temporalio_sdk::activities::ActivityImplementer for $service {
            fn register_all(
                self: ::std::sync::Arc<Self>,
                definitions: &mut ::temporalio_sdk::activities::ActivityDefinitions,
            ) {
                $(definitions.register_activity::<
                    $crate::activity_handler::Handled<Self, $activity>,
                >(self.clone());)*
            }
        }
    };
}
pub(crate) use handles;

#[cfg(test)]
mod tests {
    use super::ActivityService;
    use crate::{
        ai::AiService,
        broadcast_service::BroadcastService,
        delivery::{
            BroadcastDeliveryService, DeliveryService, ExportService, NoticeService, WebhookService,
        },
        maintenance::MaintenanceService,
        persistence::PersistenceService,
        privacy_service::PrivacyService,
        render::RenderService,
        schedule_service::ScheduleService,
    };

    #[test]
    fn every_declared_activity_has_a_handler() {
        let mut handled = [
            AiService::ACTIVITIES,
            BroadcastDeliveryService::ACTIVITIES,
            BroadcastService::ACTIVITIES,
            DeliveryService::ACTIVITIES,
            ExportService::ACTIVITIES,
            MaintenanceService::ACTIVITIES,
            NoticeService::ACTIVITIES,
            PersistenceService::ACTIVITIES,
            PrivacyService::ACTIVITIES,
            RenderService::ACTIVITIES,
            ScheduleService::ACTIVITIES,
            WebhookService::ACTIVITIES,
        ]
        .concat();
        let mut declared: Vec<&str> = workflows::activity::all().map(|one| one.name).collect();
        handled.sort_unstable();
        declared.sort_unstable();
        assert_eq!(handled, declared);
    }
}
