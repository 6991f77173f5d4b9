//! The bot's texts in every language: loads `texts/*.ftl` and formats them.
//!
//! A [`Phrase`] is a text with its values. User text is escaped here, so a name can't become
//! markup. A test checks that every language has every phrase with the same values.

use std::{borrow::Cow, sync::OnceLock};

use domain::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use crate::Html;

type Bundle = FluentBundle<FluentResource>;

#[derive(Debug, Clone)]
pub(crate) enum PhraseValue<'a> {
    /// Shown as it is.
    Text(Cow<'a, str>),
    /// A number, which can select a plural form.
    Number(u64),
}

impl<'a> From<&'a str> for PhraseValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<u64> for PhraseValue<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// Declares the phrases: a variant, its key in the files, and its values.
macro_rules! phrases {
    ($($variant:ident $({ $($field:ident: $type:ty),+ })? = $key:literal;)+) => {
        /// A text with its values. The texts are in `texts/*.ftl`, under [`Phrase::key`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Phrase<'a> {
            $($variant $({ $($field: $type),+ })?,)+
            #[doc(hidden)]
            Never(std::marker::PhantomData<&'a ()>),
        }

        impl<'a> Phrase<'a> {
            /// Its key in the files.
            pub const fn key(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => $key,)+
                    Self::Never(_) => "",
                }
            }

            fn values(self) -> Vec<(&'static str, PhraseValue<'a>)> {
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        vec![$($((stringify!($field), PhraseValue::from($field))),+)?]
                    })+
                    Self::Never(_) => Vec::new(),
                }
            }
        }

        /// Keys of all phrases, with the names of their values.
        #[cfg(test)]
        const ALL: &[(&str, &[&str])] = &[$(($key, &[$($(stringify!($field)),+)?])),+];
    };
}

phrases! {
    Greeting = "greeting";
    Help = "help";
    UnknownCommand { command: &'a str } = "unknown-command";
    NothingToRead = "nothing-to-read";
    NotAllowed { id: &'a str } = "not-allowed";
    MyId { id: &'a str } = "my-id";
    Busy = "busy";
    ForeignButton = "foreign-button";
    StaleButton = "stale-button";
    Accepted { topic: &'a str, slides: u64 } = "accepted";
    AcceptedBehind { topic: &'a str, ahead: u64 } = "accepted-behind";
    StageWriting { topic: &'a str } = "stage-writing";
    StageDrawing { topic: &'a str } = "stage-drawing";
    Ready = "ready";
    CaptionCopy = "caption-copy";
    DeliveryUnknown = "delivery-unknown";
    SendingAgain = "sending-again";
    SentAgainAlready = "sent-again-already";
    FailedText = "failed-text";
    FailedProvider = "failed-provider";
    FailedDeadline = "failed-deadline";
    FailedQuota = "failed-quota";
    FailedBudget = "failed-budget";
    FailedSource = "failed-source";
    FailedModel { why: &'a str } = "failed-model";
    FailedInput = "failed-input";
    FailedMissing = "failed-missing";
    FailedOver = "failed-over";
    FailedDestination = "failed-destination";
    FailedUnavailable = "failed-unavailable";
    OfferOffline = "offer-offline";
    ModelUnreachable = "model-unreachable";
    ModelTimedOut = "model-timed-out";
    ModelConnection = "model-connection";
    ModelAddress = "model-address";
    ModelBusy = "model-busy";
    ModelBusyLong { minutes: u64 } = "model-busy-long";
    ModelQuota = "model-quota";
    ModelKey = "model-key";
    ModelNotAllowed = "model-not-allowed";
    ModelNotFound = "model-not-found";
    ModelContent = "model-content";
    ModelTooLong = "model-too-long";
    ModelServer = "model-server";
    ModelDeaf = "model-deaf";
    ModelUnusable = "model-unusable";
    ModelBreaker { minutes: u64 } = "model-breaker";
    ModelRefused = "model-refused";
    ModelNeeded = "model-needed";
    ModelNotConfigured = "model-not-configured";
    ModelUnknown = "model-unknown";
    Cancelled = "cancelled";
    CancelLate = "cancel-late";
    CancelRequested = "cancel-requested";
    NothingToCancel = "nothing-to-cancel";
    TooManyOpen { open: u64 } = "too-many-open";
    TopicEmpty = "topic-empty";
    TopicWithoutWords = "topic-without-words";
    TopicTooLong { chars: u64, max: u64 } = "topic-too-long";
    TextTooLong { chars: u64, max: u64 } = "text-too-long";
    Undrawable { character: &'a str } = "undrawable";
    FileRefused = "file-refused";
    FileTooLarge { max: u64 } = "file-too-large";
    FileUnreadable = "file-unreadable";
    LinkRefused = "link-refused";
    VoiceRefused = "voice-refused";
    VoiceNotTranscribed = "voice-unheard";
    UploadsUsedUp { max: u64 } = "uploads-used-up";
    CarouselsUsedUp = "carousels-used-up";
    ThemeGone { theme: &'a str } = "theme-gone";
    ChooseSlide = "choose-slide";
    SendSlideText { slide: u64, total: u64 } = "send-slide-text";
    SendInstruction { slide: u64, total: u64 } = "send-instruction";
    EditTooLong = "edit-too-long";
    EditIncomplete = "edit-incomplete";
    EditProvider = "edit-provider";
    EditBudget = "edit-budget";
    EditQuota = "edit-quota";
    EditNothingNew = "edit-nothing-new";
    SlideChanged { slide: u64 } = "slide-changed";
    EditTooLate = "edit-too-late";
    EditWorking { slide: u64 } = "edit-working";
    SendingAlbum = "sending-album";
    EditModel { why: &'a str } = "edit-model";
    EditInput = "edit-input";
    EditMissing = "edit-missing";
    EditOver = "edit-over";
    EditDestination = "edit-destination";
    EditAccess = "edit-access";
    EditUnavailable = "edit-unavailable";
    EditDeadline = "edit-deadline";
    EditBroken = "edit-broken";
    NoSuchSlide { total: u64 } = "no-such-slide";
    EditDropped = "edit-dropped";
    ChooseTheme = "choose-style";
    ApplyingTheme { style: &'a str } = "restyling";
    Rewriting = "rewriting";
    FilesComing = "files-coming";
    Outline = "outline";
    OutlineLine { n: u64, words: &'a str } = "outline-line";
    OutlineClosing = "outline-closing";
    OutlineClosed = "outline-closed";
    History = "history";
    HistoryLine { n: u64, topic: &'a str, outcome: &'a str, when: &'a str } = "history-line";
    HistoryEmpty = "history-empty";
    StatusLine { topic: &'a str, stage: &'a str } = "status-line";
    StatusIdle = "status-idle";
    StageName { stage: &'a str } = "stage-name";
    OutcomeName { outcome: &'a str } = "outcome-name";
    Settings = "settings";
    SettingLanguage { value: &'a str } = "setting-language";
    SettingTheme { value: &'a str } = "setting-theme";
    SettingFormat { value: &'a str } = "setting-format";
    SettingSlides { value: &'a str } = "setting-slides";
    SettingReview { value: &'a str } = "setting-review";
    SettingDocuments { value: &'a str } = "setting-documents";
    SettingDailyTip { value: &'a str } = "setting-wisdom";
    SettingBroadcasts { value: &'a str } = "setting-news";
    SettingHandle { value: &'a str } = "setting-handle";
    SettingName { value: &'a str } = "setting-name";
    SettingAccent { value: &'a str } = "setting-accent";
    SettingAvatar { value: &'a str } = "setting-avatar";
    ValueAuto = "value-auto";
    ValueNone = "value-none";
    ValueYes = "value-yes";
    ValueNo = "value-no";
    LanguageName { language: &'a str } = "language-name";
    ChooseLanguage = "choose-language";
    ChooseFormat = "choose-format";
    ChooseSlides = "choose-slides";
    SendHandle = "send-handle";
    SendName = "send-name";
    SendAccent = "send-accent";
    SendAvatar = "send-avatar";
    Saved = "saved";
    BrandRefused = "brand-refused";
    ScheduleHelp = "schedule-help";
    ScheduleMade { cadence: &'a str, topic: &'a str, zone: &'a str } = "schedule-made";
    ScheduleLine { n: u64, cadence: &'a str, topic: &'a str } = "schedule-line";
    ScheduleLinePaused { n: u64, cadence: &'a str, topic: &'a str } = "schedule-line-paused";
    ScheduleList = "schedule-list";
    ScheduleNone = "schedule-none";
    ScheduleAnyTopic = "schedule-any-topic";
    SchedulePaused = "schedule-paused";
    ScheduleResumed = "schedule-resumed";
    ScheduleRemoved = "schedule-removed";
    ScheduleRefused { words: &'a str } = "schedule-refused";
    ScheduleTooMany { max: u64 } = "schedule-too-many";
    ZoneSet { zone: &'a str } = "zone-set";
    DailyTip { text: &'a str } = "wisdom";
    DailyTipSource { source: &'a str } = "wisdom-source";
    AskEmpty = "ask-empty";
    AskTooLong { chars: u64, max: u64 } = "ask-too-long";
    AskBudget = "ask-budget";
    AskQuota = "ask-quota";
    AskModel { why: &'a str } = "ask-model";
    AskInput = "ask-input";
    AskAccess = "ask-access";
    AskUnavailable = "ask-unavailable";
    AskBroken = "ask-broken";
    AnswerSources { notes: &'a str } = "answer-sources";
    AnswerNone = "answer-none";
    Stats { users: u64, today: u64, week: u64, carousels: u64, delivered: u64, failed: u64, cancelled: u64, unknown: u64, open: u64, rate: &'a str, median: &'a str, cost: &'a str } = "stats";
    BroadcastHelp = "broadcast-help";
    BroadcastAsk { people: u64 } = "broadcast-ask";
    BroadcastAlbum { topic: &'a str } = "broadcast-album";
    BroadcastChoose = "broadcast-choose";
    BroadcastStarted = "broadcast-started";
    BroadcastPaused = "broadcast-paused";
    BroadcastCancelled = "broadcast-cancelled";
    BroadcastReport { sent: u64, failed: u64, closed: u64, unknown: u64 } = "broadcast-report";
    ButtonCancel = "button-cancel";
    ButtonEdit = "button-edit";
    ButtonStyle = "button-style";
    ButtonRewrite = "button-rewrite";
    ButtonFiles = "button-files";
    ButtonAgain = "button-again";
    ButtonCaption = "button-caption";
    ButtonSendAgain = "button-send-again";
    ButtonSendAlbum = "button-send-album";
    ButtonEditMore = "button-edit-more";
    ButtonInstruct = "button-instruct";
    ButtonText = "button-words";
    ButtonBack = "button-back";
    ButtonDraw = "button-draw";
    ButtonDrop = "button-drop";
    ButtonOffline = "button-offline";
    ButtonLanguage = "button-language";
    ButtonTheme = "button-theme";
    ButtonFormat = "button-format";
    ButtonSlides = "button-slides";
    ButtonReview = "button-review";
    ButtonDocuments = "button-documents";
    ButtonDailyTip = "button-wisdom";
    ButtonBroadcasts = "button-news";
    ButtonHandle = "button-handle";
    ButtonName = "button-name";
    ButtonAccent = "button-accent";
    ButtonAvatar = "button-avatar";
    ButtonOlder = "button-older";
    ButtonNewer = "button-newer";
    ButtonPause = "button-pause";
    ButtonResume = "button-resume";
    ButtonRemove = "button-remove";
    ButtonSend = "button-send";
    MenuCarousel = "menu-carousel";
    MenuDailyTip = "menu-wisdom";
    MenuAsk = "menu-ask";
    MenuStyle = "menu-style";
    MenuSettings = "menu-settings";
    MenuHistory = "menu-history";
    MenuSchedule = "menu-schedule";
    MenuStatus = "menu-status";
    MenuCancel = "menu-cancel";
    MenuHelp = "menu-help";
    ScheduleDaily { time: &'a str } = "cadence-daily";
    ScheduleWorkdays { time: &'a str } = "cadence-workdays";
    ScheduleWeekly { day: &'a str, time: &'a str } = "cadence-weekly";
    ScheduleHourly = "cadence-hourly";
    DayName { day: &'a str } = "day-name";
    ScheduleZone { zone: &'a str } = "schedule-zone";
    ZoneUnknown { zone: &'a str } = "zone-unknown";
    ChooseRepetition = "choose-cadence";
    ChooseHour { zone: &'a str } = "choose-hour";
    ChooseZone = "choose-zone";
    ChooseDailyTip { zone: &'a str } = "choose-wisdom";
    SendScheduleTopic = "send-schedule-topic";
    ButtonNew = "button-new";
    ButtonZone = "button-zone";
    ButtonDaily = "button-daily";
    ButtonWorkdays = "button-workdays";
    ButtonFromNotes = "button-from-notes";
    ButtonOff = "button-off";
    BroadcastDropped = "broadcast-dropped";
    BroadcastOver = "broadcast-over";
    BroadcastStopped { left: u64 } = "broadcast-stopped";
    BroadcastsOn = "news-on";
    BroadcastsOff = "news-off";
    ButtonBroadcastsOn = "button-want-news";
    ButtonBroadcastsOff = "button-no-news";
    MenuStats = "menu-stats";
    MenuBroadcast = "menu-broadcast";
    FailedLost = "failed-lost";
    AccessLocked { ends: u64, until: &'a str, reasons: u64, reason: &'a str } = "access-locked";
    AccessRestored = "access-restored";
    FailedAccess = "failed-access";
    OnlyPrivate { link: &'a str } = "only-private";
    OnlyOwners = "only-owners";
    BanHelp = "ban-help";
    BanDone { account: &'a str, ends: u64, until: &'a str, reasons: u64, reason: &'a str, stopped: u64 } = "ban-done";
    BanOwner { account: &'a str } = "ban-owner";
    UnbanDone { account: &'a str, state: &'a str } = "unban-done";
    UnbanNone { account: &'a str, state: &'a str } = "unban-none";
    AccessState { account: &'a str, state: &'a str } = "access-state";
    AccessStateName { state: &'a str } = "access-state-name";
    Banned = "banned";
    BannedNone = "banned-none";
    BannedLine { account: &'a str, ends: u64, until: &'a str, reasons: u64, reason: &'a str, by: &'a str } = "banned-line";
    ScheduleLineRefused { n: u64, cadence: &'a str, topic: &'a str } = "schedule-line-refused";
    MenuBan = "menu-ban";
    MenuBanned = "menu-banned";
    Privacy { carousels: u64, usage: u64, people: u64, records: u64, dialogues: u64, pictures: u64, histories: u64, models: &'a str } = "privacy";
    PrivacyOwnNotes = "privacy-own-notes";
    PrivacyConfigured = "privacy-configured";
    ForgetAsk { minutes: u64 } = "forget-ask";
    ButtonForget = "button-forget";
    ForgetStarted = "forget-started";
    ForgetUnderWay = "forget-under-way";
    ForgetLate = "forget-late";
    ForgetDone { carousels: u64, schedules: u64 } = "forget-done";
    ExportStarted = "export-started";
    ExportRunning = "export-running";
    ExportLimit { limit: u64 } = "export-limit";
    ExportReady = "export-ready";
    ExportReadme { pictures: u64 } = "export-readme";
    MenuPrivacy = "menu-privacy";
    MenuExport = "menu-export";
    MenuForget = "menu-forget";
}

impl Phrase<'_> {
    /// As a message, with markup.
    pub fn html(self, language: Language) -> Html {
        let escaped = |text: &str| Html::text(text).markup().to_owned();
        Html::from_markup(self.format(language, escaped))
    }

    /// Without markup: for buttons, menus, toasts, and as a value in another phrase.
    pub fn plain(self, language: Language) -> String {
        self.format(language, str::to_owned)
    }

    fn format(self, language: Language, shown: impl Fn(&str) -> String) -> String {
        let key = self.key();
        let mut args = FluentArgs::new();
        for (name, value) in self.values() {
            args.set(
                name,
                match value {
                    PhraseValue::Text(text) => FluentValue::from(shown(&text)),
                    PhraseValue::Number(number) => FluentValue::from(number),
                },
            );
        }
        let bundle = bundle(language);
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        let pattern = pattern.expect("a test checks that every phrase exists");
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned()
    }
}

fn bundle(language: Language) -> &'static Bundle {
    static RU: OnceLock<Bundle> = OnceLock::new();
    static EN: OnceLock<Bundle> = OnceLock::new();
    match language {
        Language::Ru => RU.get_or_init(|| load("ru", include_str!("../texts/ru.ftl"))),
        Language::En => EN.get_or_init(|| load("en", include_str!("../texts/en.ftl"))),
    }
}

fn load(name: &str, texts: &str) -> Bundle {
    let resource = FluentResource::try_new(texts.to_owned())
        .map_err(|(_, errors)| errors)
        .expect("a test parses every file");
    let language = name.parse().expect("our languages have well-formed names");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Fluent's bidirectional isolation marks show up as odd characters in Telegram.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).expect("a test checks that no key occurs twice");
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn texts(language: Language) -> &'static str {
        match language {
            Language::Ru => include_str!("../texts/ru.ftl"),
            Language::En => include_str!("../texts/en.ftl"),
        }
    }

    /// Every message of a file with the values that its text uses.
    fn messages(language: Language) -> Vec<(String, BTreeSet<String>)> {
        let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
        for line in texts(language).lines() {
            if let Some((key, _)) = line.split_once(" =")
                && !line.starts_with([' ', '#'])
            {
                found.push((key.to_owned(), BTreeSet::new()));
            }
            for part in line.split('$').skip(1) {
                let name: String = part.chars().take_while(|c| c.is_alphanumeric()).collect();
                if let Some((_, values)) = found.last_mut() {
                    values.insert(name);
                }
            }
        }
        found
    }

    #[test]
    fn languages_have_the_same_phrases_and_values() {
        for language in Language::ALL {
            let messages = messages(*language);
            let keys: Vec<&str> = messages.iter().map(|(key, _)| key.as_str()).collect();
            let declared: Vec<&str> = ALL.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys, declared, "{language}: names, in the order of the declaration");
            for ((key, values), (_, fields)) in messages.iter().zip(ALL) {
                let fields: BTreeSet<String> = fields.iter().map(|f| (*f).to_owned()).collect();
                assert_eq!(values, &fields, "{language}: the values of {key}");
            }
        }
    }

    #[test]
    fn topic_markup_is_escaped() {
        let html = Phrase::Accepted { topic: "<b>x</b> { $y }", slides: 7 }.html(Language::En);
        assert_eq!(
            html.markup(),
            "Got it: “&lt;b&gt;x&lt;/b&gt; { $y }”. 7 slides, a few seconds."
        );
    }

    #[test]
    fn numbers_select_plural_forms() {
        let said = |slides| Phrase::Accepted { topic: "т", slides }.plain(Language::Ru);
        assert!(said(1).contains("1 слайд,"));
        assert!(said(3).contains("3 слайда,"));
        assert!(said(7).contains("7 слайдов,"));
    }

    #[test]
    fn report_omits_zero_counts() {
        let said = |failed, unknown| {
            let (sent, closed) = (3, failed);
            Phrase::BroadcastReport { sent, failed, closed, unknown }.plain(Language::En)
        };
        assert_eq!(said(0, 0), "The broadcast is over. Arrived: 3.");
        assert_eq!(
            said(2, 1),
            "The broadcast is over. Arrived: 3. Failed: 2, of them with the bot stopped: 2. Not \
             confirmed: 1."
        );
    }

    #[test]
    fn messages_and_button_labels_fit_telegrams_limits() {
        for language in Language::ALL {
            for (key, values) in messages(*language) {
                if !values.is_empty() {
                    continue;
                }
                let pattern = bundle(*language).get_message(&key).unwrap().value().unwrap();
                let text = bundle(*language).format_pattern(pattern, None, &mut Vec::new());
                assert!(Html::from_markup(text.to_string()).chars() <= 4_096, "{key}");
                if key.starts_with("button-") {
                    assert!(text.chars().count() <= 24 && !text.contains('<'), "{key}: {text}");
                }
            }
        }
    }
}
