//! Typical pages.

use document::{Block, Document};
use sandbox::{SandboxError, UnusableInput};

use crate::sandbox;

const ARTICLE: &str = "Тесты дают смелость менять код. Без них каждая правка пугает, и код стареет \
                       прямо на глазах. С ними правка, запуск, зелёное, и спокойно дальше. ";

#[tokio::test]
async fn article_has_no_menus_or_scripts() {
    let page = format!(
        "<html><head><title>Почему тесты важны</title></head><body><nav>Home Login</nav>\
         <article><h1>Почему тесты важны</h1><p>{ARTICLE}</p><p>{ARTICLE}</p></article>\
         <script>alert(1)</script></body></html>"
    );
    let article = sandbox(21).article(&page).await.unwrap();
    assert_eq!(article.title, "Почему тесты важны");
    assert!(article.text.contains("смелость менять код"));
    assert!(!article.text.contains("alert") && !article.text.contains("Login"));
}

#[tokio::test]
async fn article_keeps_its_structure() {
    let page = format!(
        "<html><head><title>Garden</title></head><body><article><h1>Garden</h1><p>{ARTICLE}</p>\
         <h2>Что делать</h2><ul><li>полить</li><li>подвязать</li></ul><p>{ARTICLE}</p>\
         <blockquote><p>Простота — залог надёжности.</p><p>— Эдсгер Дейкстра</p></blockquote>\
         <pre><code>fn main() {{\n    run();\n}}</code></pre><p>Цена упала &mdash; на 5 * 2 %.</p>\
         <table><tr><th>Имя</th><th>Цена</th></tr><tr><td>А</td><td>5</td></tr></table></article></body></html>"
    );
    let article = sandbox(21).article(&page).await.unwrap();
    let found = Document::parse(&article.text).blocks;
    let list = Block::List(vec!["полить".to_owned(), "подвязать".to_owned()]);
    let price = Block::Paragraph("Цена упала — на 5 * 2 %.".to_owned());
    for expected in [Block::Heading("Что делать".to_owned()), list, price] {
        assert!(found.contains(&expected), "{expected:?} in {found:#?}");
    }
    let is_code =
        |block: &Block| matches!(block, Block::Code { code, .. } if code.contains("    run();"));
    assert!(found.iter().any(is_code), "{found:#?}");
    let is_quote =
        |block: &Block| matches!(block, Block::Quote(said) if said.author == "Эдсгер Дейкстра");
    assert!(found.iter().any(is_quote), "{found:#?}");
    assert!(found.iter().any(|block| matches!(block, Block::Table(_))), "{found:#?}");
}

/// Two megabytes, the maximum that is fetched, with the markup of an article.
#[tokio::test]
async fn the_largest_ordinary_page_is_read() {
    let paragraph =
        format!("<div class=x><p>{}<p><b>so</b> <a href=/>there</a><br></div>", ARTICLE.repeat(4));
    let count = 2 * 1024 * 1024 / paragraph.len();
    let page = format!("<html><title>Long</title><body><article>{}", paragraph.repeat(count));
    let limits = sandbox::SandboxLimits {
        memory: sandbox::SandboxLimits::default().memory + 22 * 4_096,
        ..sandbox::SandboxLimits::default()
    };
    let watch = crate::children::ChildWatcher::start(limits);
    let sandbox = sandbox::Sandbox::new(crate::parser(), limits);
    let article = sandbox.article(&page).await.unwrap();
    let most = watch.peak();
    assert!(article.text.len() > 100_000);
    assert!(most.peak < limits.memory / 1_048_576, "{most:?}");
}

#[tokio::test]
async fn page_without_article_is_its_own_error() {
    let page = "<html><head></head><body></body></html>";
    let error = sandbox(23).article(page).await.unwrap_err();
    assert!(matches!(error, SandboxError::Unusable(UnusableInput::NoArticle)), "{error}");
}
