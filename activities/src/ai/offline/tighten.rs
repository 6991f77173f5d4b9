//! Fewer words on a slide that overflows, without a model: its texts end earlier, at a sentence or a
//! word. One endless word can't be helped.

use domain::{Slide, SlideError, record::SlideRecord};
use workflows::contract::OverflowRecord;

use super::shorten::shorten;

/// A little less than what would just fit, so that a second look does not find the same.
const MARGIN: f64 = 0.85;
/// Words shorter than this are not worth cutting.
const LEAST: usize = 24;

/// The slide with its longer texts cut to the share that there is room for.
pub(super) fn slide(slide: &Slide, overflow: &OverflowRecord) -> Result<Slide, SlideError> {
    let room = f64::from(overflow.has.max(1)) / f64::from(overflow.needs.max(1));
    let share = (room * MARGIN).clamp(0.3, 0.9);
    let cut = |text: &String| {
        let chars = text.chars().count();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a slide's text has a few hundred characters"
        )]
        let max = ((chars as f64 * share) as usize).max(LEAST);
        shorten(text, max)
    };
    let record = SlideRecord::from(slide);
    let side = |side: Option<domain::record::SideRecord>| {
        side.map(|side| domain::record::SideRecord {
            text: cut(&side.text),
            ..side
        })
    };
    let shorter = SlideRecord {
        title: cut(&record.title),
        body: cut(&record.body),
        items: record.items.iter().map(cut).collect(),
        before: side(record.before.clone()),
        after: side(record.after.clone()),
        ..record
    };
    Slide::try_from(&shorter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Content, Text};

    #[test]
    fn a_slide_loses_the_share_that_does_not_fit() {
        let body = "A first sentence that says what there is to say. A second one that says it again \
                    in other words. A third one that nobody needs.";
        let before = Slide::new(Content::Principle {
            title: Text::parse("A headline").unwrap(),
            body: Text::parse(body).unwrap(),
        });
        let overflow = OverflowRecord {
            slide: 1,
            what: "body".to_owned(),
            needs: 900,
            has: 600,
        };
        let after = SlideRecord::from(&slide(&before, &overflow).unwrap());
        assert_eq!(after.title, "A headline");
        assert_eq!(
            after.body,
            "A first sentence that says what there is to say."
        );
    }
}
