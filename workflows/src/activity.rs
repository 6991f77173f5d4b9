//! Declares activities: name, input, result and policy in one line. The `activities` crate handles
//! them; its test compares what it serves with [`all`].

use temporalio_common::{ActivityDefinition, data_converters::TemporalDeserializable};

use crate::{
    broadcast, carousel, edit, maintenance, notice, policy::Policy, privacy, questions, schedule,
    webhook,
};

pub trait Activity:
    ActivityDefinition<Input: Send + Sync, Output: TemporalDeserializable + Send + Sync>
{
    /// The activity type in Temporal. Histories contain it, so it never changes.
    const NAME: &'static str;
    const POLICY: Policy;
}

/// An activity's declaration without its types.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    pub name: &'static str,
    pub policy: Policy,
    /// What it does, for people.
    pub about: &'static str,
    /// The names of its types, which the docs describe; `()` is JSON's null.
    pub input: &'static str,
    pub output: &'static str,
}

pub fn all() -> impl Iterator<Item = &'static Declaration> {
    [
        carousel::payloads::ACTIVITIES,
        carousel::writing::ACTIVITIES,
        edit::payloads::ACTIVITIES,
        questions::payloads::ACTIVITIES,
        broadcast::payloads::ACTIVITIES,
        schedule::payloads::ACTIVITIES,
        notice::ACTIVITIES,
        maintenance::payloads::ACTIVITIES,
        privacy::payloads::ACTIVITIES,
        webhook::payloads::ACTIVITIES,
    ]
    .into_iter()
    .flatten()
}

/// Declares the activities of a feature, each as `Type "name": Input => Output, POLICY;`, and the
/// list `ACTIVITIES` of them.
macro_rules! activities {
    ($(
        $(#[doc = $about:literal])*
        $activity:ident $name:literal: $input:ty => $output:ty, $policy:expr;
    )*) => {
        $(
            $(#[doc = $about])*
            #[derive(Debug, Clone, Copy)]
            pub struct $activity;

            impl ::temporalio_common::ActivityDefinition for $activity {
                type Input = $input;
                type Output = $output;

                fn name(&self) -> &str {
                    <Self as $crate::activity::Activity>::NAME
                }
            }

            impl $crate::activity::Activity for $activity {
                const NAME: &'static str = $name;
                const POLICY: $crate::policy::Policy = $policy;
            }
        )*

        pub(crate) const ACTIVITIES: &[$crate::activity::Declaration] = &[$(
            $crate::activity::Declaration {
                name: $name,
                policy: $policy,
                about: concat!($($about),*),
                input: stringify!($input),
                output: stringify!($output),
            },
        )*];
    };
}
pub(crate) use activities;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<&str> = all().map(|activity| activity.name).collect();
        assert_eq!(names.len(), all().count());
    }
}
