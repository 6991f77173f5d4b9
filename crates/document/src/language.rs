//! Detection of the language that a text is written in: by script, by the words and letters that
//! only one language has, and for longer texts by letter statistics (`whatlang`).

use domain::{ContentLanguage, Script};
use whatlang::{Detector, Lang};

/// Letters of a text that is long enough for a majority of scripts, and for statistics alone.
const LONG_TEXT_LETTERS: usize = 200;

/// Letters from which statistics help if words decide nothing.
const STATISTICS_LETTERS: usize = 60;

/// Least score of a short Latin text: one word and one letter, or a word that no other language has.
const SCORE_MIN: usize = 2;

/// Frequent short words of languages with Latin letters. A topic often has one of them; names of
/// things and products have none. A word of one language counts twice.
const WORDS: [(&str, &str); 13] = [
    (
        "en",
        "a an the of to in on for with from by is are was do does not no and or but how why what \
         when who which your you we our my it its that this as at be can into about without",
    ),
    (
        "es",
        "el los las una de del y o en por para con sin cómo qué cuándo quién cuál tu su mi es son \
         no se lo al más muy pero porque como desde hasta un la",
    ),
    (
        "pt",
        "os um uma de do da dos das e ou em no na nos nas por para com sem como quê quando quem \
         qual seu sua meu é são não se ao mais muito mas porque você até o",
    ),
    (
        "de",
        "der die das den dem ein eine einen einer und oder in im mit ohne für von vom zu zum zur \
         auf aus bei wie warum was wann wer welche ist sind nicht kein keine man dein ihr wir ich \
         über nach",
    ),
    (
        "fr",
        "le les un une des du de et ou en dans pour par avec sans comment pourquoi quand qui quel \
         quelle votre notre mon ses est sont ne pas se sur au aux plus très mais vous nous la",
    ),
    (
        "it",
        "il lo gli i un una uno di del della dei delle e o in nel nella per con senza come perché \
         quando chi quale tuo suo mio è sono non si al più molto ma che cosa la le da",
    ),
    (
        "pl",
        "i w we z ze na do od po o u dla bez jak dlaczego co kiedy kto który która jest są nie się \
         to ten ta te czy ale oraz lub przez przy nad pod za",
    ),
    (
        "tr",
        "bir ve veya ile için nasıl neden niçin ne zaman kim hangi bu şu mi mı mu mü değil çok daha \
         en gibi kadar ama olan",
    ),
    (
        "nl",
        "de het een en of in met zonder voor van naar op uit bij hoe waarom wat wanneer wie is zijn niet geen je jouw uw wij over",
    ),
    (
        "sv",
        "en ett och eller i med utan för av till på hur varför vad när vem är inte du din vi att som",
    ),
    ("cs", "a v ve s se na do od pro bez jak proč co kdy kdo je jsou není nebo ale který která"),
    ("ro", "un o și sau în cu fără pentru de la din cum ce când cine este sunt nu să mai dar"),
    ("hu", "a az egy és vagy nem hogyan miért mi mikor ki van hogy de is"),
];

/// Letters that few languages with Latin letters have.
const LETTERS: [(&str, &str); 11] = [
    ("es", "ñ¿¡áíóú"),
    ("pt", "ãõçâêôáíóú"),
    ("de", "äöüß"),
    ("fr", "çèêëîïôœùûàâ"),
    ("it", "àèìòù"),
    ("pl", "ąćęłńśźż"),
    ("tr", "ğşıçöü"),
    ("sv", "åäö"),
    ("cs", "ěřůčšž"),
    ("ro", "ășțâî"),
    ("hu", "őűáéöü"),
];

/// Letters that show one of the languages with Cyrillic letters.
const CYRILLIC_LETTERS: [(&str, &str); 5] =
    [("ru", "ыэё"), ("uk", "іїєґ"), ("be", "ў"), ("sr", "ђћџјљњ"), ("mk", "ѓќѕ")];

/// The language that a text is written in. In a topic, one Cyrillic letter makes it Cyrillic, and
/// Russian if it has no letter of another such language: Russian topics mix in Latin terms («принципы
/// VIBECODING»), others mix in no Cyrillic. A long text has the script of a fifth of its letters.
/// `None` for a few Latin words that could be a name in any language: “Docker”, “Rust vs Go”.
pub fn shown_language(text: &str) -> Option<ContentLanguage> {
    let text = &text.to_lowercase();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_long = letters > LONG_TEXT_LETTERS;
    let least = if is_long { letters / 5 } else { 1 };
    let has_script = |script: Script| {
        let of_script = text.chars().filter(|c| script.has(*c)).count();
        of_script >= least.max(1)
    };
    if has_script(Script::Cyrillic) {
        return Some(cyrillic(text, letters));
    }
    let other = ContentLanguage::all().filter(|language| {
        !matches!(language.script(), Script::Latin | Script::Cyrillic)
            && has_script(language.script())
    });
    let other: Vec<ContentLanguage> = other.collect();
    match other.as_slice() {
        [] => latin(text, letters),
        [one] => Some(*one),
        several => Some(of_one_script(text, several)),
    }
}

/// One of the languages whose script a text has.
fn of_one_script(text: &str, languages: &[ContentLanguage]) -> ContentLanguage {
    let has = |chars: std::ops::RangeInclusive<char>| text.chars().any(|c| chars.contains(&c));
    let named = |name: &str| languages.iter().copied().find(|language| language.name() == name);
    // Kana is Japanese; Han letters alone are Chinese.
    let by_letters = if has('\u{3040}'..='\u{30ff}') {
        named("ja")
    } else if named("zh").is_some() {
        named("zh")
    } else if text.contains(['پ', 'چ', 'ژ', 'گ', 'ی', 'ک']) {
        named("fa")
    } else {
        None
    };
    by_letters.unwrap_or(languages[0])
}

/// By the letters that only one language has; a long text without any by statistics. Statistics alone
/// would take short Russian texts for Bulgarian ones.
fn cyrillic(text: &str, letters: usize) -> ContentLanguage {
    let count = |own: &str| text.chars().filter(|c| own.contains(*c)).count();
    // Belarusian has the letters of Russian and Ukrainian too.
    let best = if text.contains('ў') {
        Some("be")
    } else {
        let counts = CYRILLIC_LETTERS.iter().rev().map(|(name, own)| (count(own), *name));
        counts.filter(|(count, _)| *count > 0).max_by_key(|(count, _)| *count).map(|(_, name)| name)
    };
    let by_letters = best.and_then(|name| name.parse().ok());
    let by_statistics =
        || (letters > LONG_TEXT_LETTERS).then(|| by_statistics(text, Script::Cyrillic)).flatten();
    by_letters.or_else(by_statistics).unwrap_or(ContentLanguage::RU)
}

fn latin(text: &str, letters: usize) -> Option<ContentLanguage> {
    if letters > LONG_TEXT_LETTERS {
        let found = by_statistics(text, Script::Latin).or_else(|| by_words(text));
        return Some(found.unwrap_or(ContentLanguage::EN));
    }
    let by_words = by_words(text);
    if by_words.is_none() && letters >= STATISTICS_LETTERS {
        return by_statistics(text, Script::Latin);
    }
    by_words
}

/// The language whose frequent words and letters a text has; `None` without a single best one.
fn by_words(text: &str) -> Option<ContentLanguage> {
    let lists: Vec<(&str, Vec<&str>)> =
        WORDS.iter().map(|(name, words)| (*name, words.split(' ').collect())).collect();
    let mut scores: Vec<(usize, &str)> = lists.iter().map(|(name, _)| (0, *name)).collect();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let having: Vec<usize> =
            (0..lists.len()).filter(|at| lists[*at].1.contains(&word)).collect();
        for at in &having {
            scores[*at].0 += if having.len() == 1 { 2 } else { 1 };
        }
    }
    for (name, own) in LETTERS {
        let kinds = own.chars().filter(|c| text.contains(*c)).count();
        if let Some(score) = scores.iter_mut().find(|(_, other)| *other == name) {
            score.0 += kinds;
        }
    }
    scores.sort_unstable_by(|a, b| b.cmp(a));
    let [(best, name), (next, _), ..] = scores[..] else { return None };
    // A tie with English is English: its words are also words of others.
    let english = scores.iter().find(|(_, name)| *name == "en").map_or(0, |(score, _)| *score);
    if english == best && english > 0 {
        return Some(ContentLanguage::EN);
    }
    (best >= SCORE_MIN && best > next).then(|| name.parse().ok()).flatten()
}

fn by_statistics(text: &str, script: Script) -> Option<ContentLanguage> {
    let known = ContentLanguage::all().filter(|language| language.script() == script);
    let known: Vec<Lang> = known.filter_map(statistics_of).collect();
    let info = Detector::with_allowlist(known).detect(text)?;
    info.is_reliable().then(|| ContentLanguage::by_long_code(info.lang().code())).flatten()
}

/// The language's name in `whatlang`.
fn statistics_of(language: ContentLanguage) -> Option<Lang> {
    Lang::from_code(language.long_code())
}

/// Languages that statistics take for each other.
const ALIKE: [&[&str]; 6] = [
    &["da", "nb", "sv"],
    &["hr", "sl", "sr"],
    &["cs", "sk"],
    &["es", "ca", "pt"],
    &["bg", "mk", "sr"],
    &["ar", "fa"],
];

/// Whether statistics contradict that a text is in this language. Short texts contradict nothing.
pub fn is_other_language(text: &str, language: ContentLanguage) -> bool {
    if shown_language(text) == Some(language) {
        return false;
    }
    let Some(info) = whatlang::detect(text) else { return false };
    if !info.is_reliable() || info.lang().code() == language.long_code() {
        return false;
    }
    if statistics_of(language).is_none() {
        return false;
    }
    let found = ContentLanguage::by_long_code(info.lang().code());
    let alike = |group: &&[&str]| {
        group.contains(&language.name()) && found.is_some_and(|f| group.contains(&f.name()))
    };
    !ALIKE.iter().any(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        shown_language(text).map_or_else(String::new, |language| language.name().to_owned())
    }

    #[test]
    fn topics_show_their_language() {
        for (topic, name) in [
            ("Why tests matter", "en"),
            ("Do no harm", "en"),
            ("How to name things", "en"),
            ("принципы VIBECODING", "ru"),
            ("Docker для новичков", "ru"),
            ("Як обрати іпотеку", "uk"),
            ("Навіщо писати тести", "uk"),
            ("Cómo elegir una hipoteca", "es"),
            ("Por qué los tests importan", "es"),
            ("Como escolher um financiamento", "pt"),
            ("Wie man gute Namen findet", "de"),
            ("Docker für Anfänger", "de"),
            ("Comment choisir un crédit immobilier", "fr"),
            ("Pourquoi les tests comptent", "fr"),
            ("Come scegliere un mutuo", "it"),
            ("Perché i test sono importanti", "it"),
            ("Jak wybrać kredyt hipoteczny", "pl"),
            ("Konut kredisi nasıl seçilir", "tr"),
            ("كيف تختار قرضا عقاريا", "ar"),
            ("چگونه وام مسکن انتخاب کنیم", "fa"),
            ("איך לבחור משכנתא", "he"),
            ("नमस्ते दुनिया", "hi"),
            ("如何选择抵押贷款", "zh"),
            ("住宅ローンの選び方", "ja"),
            ("주택 담보 대출 고르는 법", "ko"),
            ("Πώς να επιλέξετε στεγαστικό", "el"),
            ("როგორ ავირჩიოთ", "ka"),
        ] {
            assert_eq!(shown(topic), name, "{topic}");
        }
    }

    #[test]
    fn names_and_terms_show_no_language() {
        for topic in
            ["Docker", "Rust vs Go", "REST API", "42", "", "Café", "Kubernetes", "Naïve Bayes"]
        {
            assert_eq!(shown(topic), "", "{topic}");
        }
    }

    #[test]
    fn long_texts_show_their_language() {
        for (sentence, name) in [
            ("The word мир means both world and peace in Russian. ", "en"),
            ("Мы выбрали Kubernetes и Docker Compose для сервиса. ", "ru"),
            ("Ние избрахме Kubernetes и Docker Compose за нашата услуга. ", "bg"),
            ("Ми обрали Kubernetes та Docker Compose для нашого сервісу. ", "uk"),
            ("Elegimos Kubernetes y Docker Compose para nuestro servicio. ", "es"),
            ("Wir haben Kubernetes und Docker Compose für unseren Dienst gewählt. ", "de"),
            ("Nous avons choisi Kubernetes et Docker Compose pour notre service. ", "fr"),
            ("Hizmetimiz için Kubernetes ve Docker Compose seçtik, çünkü basitti. ", "tr"),
            ("اخترنا نظام التشغيل لهذه الخدمة لأنه بسيط وسريع. ", "ar"),
        ] {
            assert_eq!(shown(&sentence.repeat(12)), name, "{sentence}");
        }
    }

    #[test]
    fn replies_in_another_language_are_noticed() {
        let de =
            "Tests geben dir den Mut, den Code zu ändern, weil du sofort siehst, was nicht geht.";
        let uk =
            "Тести дають сміливість змінювати код: якщо щось зламається, ви дізнаєтеся про це.";
        let of = |name: &str| name.parse::<ContentLanguage>().unwrap();
        assert!(is_other_language(de, of("en")) && !is_other_language(de, of("de")));
        assert!(is_other_language(uk, of("ru")) && !is_other_language(uk, of("uk")));
        assert!(!is_other_language("Docker", of("tr")));
    }
}
