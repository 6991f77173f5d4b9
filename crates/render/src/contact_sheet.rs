//! [`ContactSheet`]: several slides in one picture, reduced, to choose from.

use domain::{Format, ImageKind};

use crate::{
    canvas::Canvas,
    encode::{EncodeError, encode},
    picture::{Picture, Pixels},
};

/// Pixels of a slide per pixel of its copy, in each direction.
const REDUCTION: u16 = 3;
/// Space between the copies and around them, in pixels.
const GAP: u16 = 24;
/// Width of the frame around a marked copy, in pixels.
const FRAME: u16 = 12;
const BACKGROUND: [u8; 3] = [24, 24, 30];
const FRAME_COLOR: [u8; 3] = [255, 255, 255];

/// Copies of slides in rows, from the left and the top.
#[derive(Debug)]
pub struct ContactSheet {
    canvas: Canvas,
    columns: u16,
    /// Size of a copy.
    cell: (u16, u16),
    added: u16,
}

impl ContactSheet {
    /// An empty sheet for `count` slides of a format, `columns` in a row. At least one of each.
    pub fn new(count: u8, columns: u8, format: Format) -> Self {
        let columns = u16::from(columns.max(1));
        let rows = u16::from(count.max(1)).div_ceil(columns);
        let reduced = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX) / REDUCTION;
        let (width, height) = format.pixels();
        let cell = (reduced(width), reduced(height));
        let size = |cells: u16, cell: u16| cells * (cell + GAP) + GAP;
        let canvas = Canvas::filled(size(columns, cell.0), size(rows, cell.1), BACKGROUND);
        Self { canvas, columns, cell, added: 0 }
    }

    /// Adds the next slide, with a frame if it is `marked`. More slides than the sheet has room for
    /// are left out.
    pub fn add(&mut self, slide: &Pixels, marked: bool) {
        let (column, row) = (self.added % self.columns, self.added / self.columns);
        let (width, height) = self.cell;
        let (left, top) = (GAP + column * (width + GAP), GAP + row * (height + GAP));
        self.added += 1;
        if top + height + GAP > self.canvas.height() {
            return;
        }
        if marked {
            let size = (width + 2 * FRAME, height + 2 * FRAME);
            self.fill((left - FRAME, top - FRAME), size);
        }
        self.copy(&slide.0, (left, top));
    }

    /// Leaves the next place empty.
    pub fn skip(&mut self) {
        self.added += 1;
    }

    /// The sheet as a JPEG.
    ///
    /// # Errors
    /// [`EncodeError`]; no user input causes it.
    pub fn encode(&self) -> Result<Picture, EncodeError> {
        Ok(Picture {
            bytes: encode(&self.canvas, ImageKind::Jpeg, &mut Vec::new())?,
            width: self.canvas.width().into(),
            height: self.canvas.height().into(),
        })
    }

    fn fill(&mut self, (left, top): (u16, u16), (width, height): (u16, u16)) {
        let [r, g, b] = FRAME_COLOR;
        for y in top..top + height {
            for x in left..left + width {
                self.pixel(x, y).copy_from_slice(&[r, g, b, 255]);
            }
        }
    }

    /// Copies a slide, averaging its pixels.
    fn copy(&mut self, slide: &Canvas, (left, top): (u16, u16)) {
        let (width, height) = self.cell;
        let count = u32::from(REDUCTION) * u32::from(REDUCTION);
        for y in 0..height.min(slide.height() / REDUCTION) {
            for x in 0..width.min(slide.width() / REDUCTION) {
                let mut sums = [0_u32; 3];
                for row in 0..REDUCTION {
                    let line = usize::from(y * REDUCTION + row) * usize::from(slide.width());
                    let start = (line + usize::from(x * REDUCTION)) * 4;
                    let pixels = &slide.pixels()[start..start + usize::from(REDUCTION) * 4];
                    for pixel in pixels.chunks_exact(4) {
                        for (sum, level) in sums.iter_mut().zip(pixel) {
                            *sum += u32::from(*level);
                        }
                    }
                }
                let [r, g, b] = sums.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX));
                self.pixel(left + x, top + y).copy_from_slice(&[r, g, b, 255]);
            }
        }
    }

    fn pixel(&mut self, x: u16, y: u16) -> &mut [u8] {
        let width = usize::from(self.canvas.width());
        let start = (usize::from(y) * width + usize::from(x)) * 4;
        &mut self.canvas.pixels_mut()[start..start + 4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sheet: &ContactSheet, x: u16, y: u16) -> [u8; 3] {
        let start = (usize::from(y) * usize::from(sheet.canvas.width()) + usize::from(x)) * 4;
        sheet.canvas.pixels()[start..start + 3].try_into().unwrap()
    }

    #[test]
    fn slides_are_reduced_in_rows_and_one_is_framed() {
        let mut sheet = ContactSheet::new(4, 3, Format::Portrait);
        let (width, height) = (sheet.canvas.width(), sheet.canvas.height());
        assert_eq!((width, height), (3 * (360 + GAP) + GAP, 2 * (450 + GAP) + GAP));
        let slide = |n| Pixels(Canvas::filled(1080, 1350, [n, n, n]));
        for (n, marked) in [(10, false), (20, true), (30, false), (40, false)] {
            sheet.add(&slide(n), marked);
        }
        assert_eq!(at(&sheet, GAP, GAP), [10; 3]);
        assert_eq!(at(&sheet, GAP + 359, GAP + 449), [10; 3]);
        assert_eq!(at(&sheet, GAP + 360, GAP), BACKGROUND);
        let second = GAP + 360 + GAP;
        assert_eq!(at(&sheet, second, GAP), [20; 3]);
        assert_eq!(at(&sheet, second - 1, GAP - 1), FRAME_COLOR);
        assert_eq!(at(&sheet, GAP, GAP + 450 + GAP), [40; 3]);
        assert_eq!(at(&sheet, second, GAP + 450 + GAP), BACKGROUND, "an empty place");
        sheet.skip();
        sheet.skip();
        let full = sheet.canvas.pixels().to_vec();
        sheet.add(&slide(70), true);
        assert_eq!(sheet.canvas.pixels(), full, "no room for a seventh");
        let picture = sheet.encode().unwrap();
        assert_eq!((picture.width, picture.height), (u32::from(width), u32::from(height)));
    }
}
