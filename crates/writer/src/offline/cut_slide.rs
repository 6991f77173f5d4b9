//! Shortens an overflowing slide without a model: cuts its texts at a sentence or a word end. It
//! can't help with a single very long word.

use domain::{
    Slide, SlideError,
    record::{OverflowRecord, SlideRecord, VersusRowRecord},
    without_emphasis,
};

use crate::shorten::shorten;

/// Cuts slightly more than the measured share, so that the result does not overflow again.
const MARGIN: f64 = 0.85;
/// Shorter texts are not cut.
const LEAST: usize = 24;

/// Cuts the slide's longer texts to the share that fits.
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
        side.map(|side| domain::record::SideRecord { text: cut(&side.text), ..side })
    };
    // A mark of emphasis must not lose its pair.
    let title = cut(&record.title);
    let title = if title == record.title { title } else { cut(&without_emphasis(&record.title)) };
    let row = |row: &VersusRowRecord| VersusRowRecord {
        aspect: cut(&row.aspect),
        first: cut(&row.first),
        second: cut(&row.second),
    };
    let shorter = SlideRecord {
        title,
        body: cut(&record.body),
        items: record.items.iter().map(cut).collect(),
        rows: record.rows.iter().map(row).collect(),
        before: side(record.before.clone()),
        after: side(record.after.clone()),
        ..record
    };
    Slide::try_from(&shorter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SlideContent, SlideText};

    #[test]
    fn overflowing_share_is_cut() {
        let body = "A first sentence that says what there is to say. A second one that says it again \
                    in other words. A third one that nobody needs.";
        let before = Slide::new(SlideContent::Principle {
            title: SlideText::parse("A headline").unwrap(),
            body: SlideText::parse(body).ok(),
        });
        let overflow = OverflowRecord { slide: 1, what: "body".to_owned(), needs: 900, has: 600 };
        let after = SlideRecord::from(&slide(&before, &overflow).unwrap());
        assert_eq!(after.title, "A headline");
        assert_eq!(after.body, "A first sentence that says what there is to say.");
    }
}
