//! Writers of carousels, edits, answers and daily tips: [`Writer`] uses a model, [`offline`] only
//! our notes. Both implement [`Provider`]. They build prompts and check replies; a [`ModelCaller`]
//! makes and records the calls.

#[cfg(test)]
extern crate self as writer;

mod call_bounds;
#[cfg(test)]
mod call_bounds_tests;
mod cover;
mod model_caller;
mod model_writer;
pub mod offline;
pub mod probe;
mod prompt;
mod provider;
mod reply;
#[cfg(test)]
mod reply_tests;
#[cfg(test)]
#[path = "../../testkit/src/scripted_caller.rs"]
#[expect(unreachable_pub, reason = "`testkit` exports them")]
mod scripted_caller;
mod shorten;
mod story_frame;
mod text_limits;

pub use call_bounds::CallKind;
pub use model_caller::ModelCaller;
pub use model_writer::{Writer, is_cut};
pub use provider::{
    DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip, ProviderFuture,
    QuestionInput, SlideEdit,
};
pub use shorten::shorten;
pub use story_frame::StoryFrame;
