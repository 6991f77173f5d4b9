//! Writers of carousels, edits, answers and daily tips: [`Writer`] uses a model, [`offline`] only
//! our notes. Both implement [`Provider`]. They build prompts and check replies; a [`ModelCaller`]
//! makes and records the calls.

mod call_bounds;
#[cfg(test)]
mod call_bounds_tests;
mod model_caller;
mod model_writer;
pub mod offline;
mod prompt;
mod provider;
mod provider_error;
mod reply;
#[cfg(test)]
mod reply_tests;
#[cfg(test)]
mod scripted_caller;
mod shorten;
mod story_frame;
mod text_limits;

pub use call_bounds::CallKind;
pub use model_caller::ModelCaller;
pub use model_writer::Writer;
pub use provider::{
    DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip, QuestionInput,
    SlideEdit, WritingSubject,
};
pub use provider_error::{ProviderError, ProviderFuture};
pub use shorten::shorten;
pub use story_frame::StoryFrame;
