//! A user's brand, from the database to the pixels, through the production pools.

use chrono::Utc;
use domain::{
    Accent, BlobKey, Brand, Draft, Handle, ImageKind, Outcome, Slide, UserId, record::BlobRecord,
};
use render::{RenderOptions, Renderer, RendererConfig, SlidePosition};
use storage::{Blobs, carousels, settings};
use testkit::TestApp;
use workflows::destination::DestinationRecord;

use crate::stored;

const MAGENTA: [u8; 3] = [255, 0, 255];

/// In theme `aurora`: the center of the brand's picture, and the progress dot of the first slide.
const PICTURE: (u32, u32) = (120, 1236);
const DOT: (u32, u32) = (926, 106);

fn png_of(side: u32, color: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels = color.repeat((side * side) as usize);
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

/// A few bytes with a header that claims a picture of 14 gigabytes.
fn decompression_bomb() -> Vec<u8> {
    let mut file = png_of(64, MAGENTA);
    file[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    file
}

/// Saves a brand. Its picture is a blob, as the gateway stores it.
async fn brand(app: &TestApp, picture: Vec<u8>) -> Blobs {
    let blobs = gateway::carousel_request::blobs(app.settings()).unwrap();
    let avatar = blobs.put(picture, "png").await.unwrap();
    let brand = Brand {
        handle: Some(Handle::parse("bible.coder").unwrap()),
        accent: Some(Accent::parse("#ff8800").unwrap()),
        avatar: Some(BlobKey::parse(&avatar.key).unwrap()),
        name: None,
    };
    let change = |tx| {
        let brand = brand.clone();
        async move {
            let user = UserId::local();
            settings::change_brand(&tx, &user, Utc::now(), |stored| *stored = brand).await
        }
    };
    app.db.write(change).await.unwrap();
    blobs
}

/// Makes a carousel as PNG files. Returns the first slide, the slide count and the first file.
async fn make(app: &TestApp, key: &str) -> (Slide, usize, Vec<u8>) {
    let id = domain::CarouselId::new(domain::RequestSource::Cli, key).unwrap();
    let mut brief = app.validate(testkit::short_order("Почему тесты важны")).await;
    brief.image = ImageKind::Png;
    let to = DestinationRecord::folder(id.as_str());
    let user = UserId::local();
    let started = app.carousels.start(&id, &user, &brief, to).await;
    started.unwrap();
    let result = app.wait_for_result(&id).await;
    assert_eq!(result.outcome, Some(Outcome::Delivered), "{}", result.reason);
    assert_eq!(stored(app, &id).await.revision, Some(1));
    let draft = carousels::find_draft(&app.db.read(), &id, 1).await.unwrap();
    let draft = Draft::try_from(&draft.unwrap().draft).unwrap();
    let file = std::fs::read(app.export_folder(&id).join("slide-01.png")).unwrap();
    (draft.slides()[0].clone(), draft.slides().len(), file)
}

fn pixel(file: &[u8], (x, y): (u32, u32)) -> [u8; 3] {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let start = ((y * 1080 + x) * 3) as usize;
    pixels[start..start + 3].try_into().unwrap()
}

#[tokio::test]
async fn slides_show_the_users_brand() {
    let app = TestApp::start().await;
    let picture = png_of(120, MAGENTA);
    let blobs = brand(&app, picture.clone()).await;
    let (slide, total, file) = make(&app, "branded").await;

    assert_eq!(pixel(&file, PICTURE), MAGENTA);
    let [red, green, blue] = pixel(&file, DOT);
    assert!(red > green && green > blue, "orange, not {red} {green} {blue}");

    // The handle is checked by comparison: a renderer draws the same slide only with the same
    // handle.
    let renderer = Renderer::new(&RendererConfig::default()).unwrap();
    let look = |handle: &str| RenderOptions {
        theme: domain::ThemeId::default(),
        format: domain::Format::Portrait,
        language: domain::Language::Ru.into(),
        brand: render::SlideBrand {
            handle: Some(handle.to_owned()),
            name: None,
            avatar: Some(render::Avatar::decode(&picture).unwrap()),
            accent: Some(Accent::parse("#ff8800").unwrap()),
        },
    };
    let place = SlidePosition::new(0, total).unwrap();
    let draw = |handle| renderer.draw(&slide, place, &look(handle), ImageKind::Png);
    assert!(draw("@bible.coder").unwrap().bytes == file);
    assert!(draw("@someone.else").unwrap().bytes != file);
    let recipe = renderer.cache_key(&slide, place, &look("@bible.coder"), ImageKind::Png);
    let noted: BlobRecord = blobs.cache_entry(&recipe).await.unwrap().unwrap();
    assert_eq!(noted.bytes, file.len() as u64);
}

#[tokio::test]
async fn oversized_brand_picture_is_left_out() {
    let app = TestApp::start().await;
    brand(&app, decompression_bomb()).await;
    let (_, _, file) = make(&app, "bombed").await;
    assert_ne!(pixel(&file, PICTURE), MAGENTA);
    let [red, green, blue] = pixel(&file, DOT);
    assert!(red > green && green > blue, "the rest of the brand is there");
}
