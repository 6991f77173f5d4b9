//! scratch
#[path = "gallery/samples.rs"]
mod samples;
use domain::*;
fn main() {
    let r = render::Renderer::new(&render::Options::default()).unwrap();
    let a: Vec<String> = std::env::args().collect();
    let look = render::Look { theme: ThemeId::parse(&a[1]).unwrap(), format: Format::Portrait, language: Language::Ru, brand: render::Brand { handle: Some("@bible.vibecoder".into()), ..Default::default() } };
    let t = std::time::Instant::now();
    let pdf = r.pdf(&samples::carousel(Language::Ru), &look, "Почему тесты важны").unwrap();
    eprintln!("{} bytes {:?}", pdf.len(), t.elapsed());
    std::fs::write(&a[2], pdf).unwrap();
    for f in Format::ALL { let t = std::time::Instant::now(); let l = r.limits(&look.theme, *f).unwrap(); eprintln!("{f} {:?}", t.elapsed()); for x in l.iter() { eprint!("{}.{} {}x{}; ", x.kind, x.field, x.count, x.chars); } eprintln!(); }
}
