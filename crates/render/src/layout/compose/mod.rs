//! One layout per kind of slide.

mod cover_slides;
mod figure_slides;
mod list_slides;
mod node_builder;
mod statement_slides;

use domain::{Slide, SlideContent};

use super::{node::Node, page_frame::LayoutInput};
use cover_slides::Cover;
use node_builder::NodeBuilder;

pub(super) fn tree(slide: &Slide, page: &LayoutInput<'_>) -> Node {
    let pen = NodeBuilder { page, emoji: slide.emoji() };
    match slide.content() {
        SlideContent::Title { title, subtitle, kicker, cover } => pen.cover(&Cover {
            title,
            subtitle: subtitle.as_ref(),
            kicker: kicker.as_ref(),
            kind: *cover,
        }),
        SlideContent::Principle { title, body } => pen.principle(title, body.as_ref()),
        SlideContent::Concept { term, meaning } => pen.concept(term, meaning),
        SlideContent::Practice { title, steps } => pen.practice(title, steps),
        SlideContent::Quote { text, author } => pen.quote(text, author.as_ref()),
        SlideContent::List { title, items, marker } => pen.list(title, items, *marker),
        SlideContent::Statistic { value, label, source } => {
            pen.statistic(value, label, source.as_ref())
        }
        SlideContent::Comparison { title, before, after, polarity } => {
            pen.comparison(title, before, after, *polarity)
        }
        SlideContent::Versus { title, names, rows } => pen.versus(title, names, rows),
        SlideContent::Code { title, code, remark } => pen.code(title, code, remark.as_ref()),
        SlideContent::Summary { title, points, call_to_action } => {
            pen.summary(title, points.as_ref(), call_to_action.as_ref())
        }
    }
}
