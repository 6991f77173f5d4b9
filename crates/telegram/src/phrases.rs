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

        #[cfg(test)]
        const ALL: &[(&str, &[&str])] = &[$(($key, &[$($(stringify!($field)),+)?])),+];
    };
}

phrases! {
    Greeting { listens: u64 } = "greeting";
    GroupHello = "group-hello";
    SchedulesWaiting { n: u64 } = "schedules-waiting";
    Help { listens: u64 } = "help";
    SmallTalkHello = "small-talk-hello";
    SmallTalkThanks = "small-talk-thanks";
    SmallTalkAbout = "small-talk-about";
    SmallTalkOkay = "small-talk-okay";
    UnknownCommand { command: &'a str } = "unknown-command";
    NothingToRead { listens: u64 } = "nothing-to-read";
    NotAllowed { id: &'a str } = "not-allowed";
    MyId { id: &'a str } = "my-id";
    Busy = "busy";
    ForeignButton = "foreign-button";
    StaleButton = "stale-button";
    ForeignCarousel = "foreign-carousel";
    ForeignQuestion = "foreign-question";
    NothingToDrop = "nothing-to-drop";
    AnswerByReply = "answer-by-reply";
    AnonymousAuthor { link: &'a str } = "anonymous-author";
    ChannelPost { link: &'a str } = "channel-post";
    GroupAdministrators { link: &'a str } = "group-administrators";
    InstructionTooLong = "instruction-too-long";
    InstructionWithoutModel = "instruction-without-model";
    OfferStartOver { topic: &'a str } = "offer-start-over";
    ButtonStartOver = "button-start-over";
    NotStartedYet = "not-started-yet";
    BothCarousels = "both-carousels";
    AlreadyRequested = "already-requested";
    Accepted { topic: &'a str } = "accepted";
    AcceptedBehind { topic: &'a str, ahead: u64 } = "accepted-behind";
    UsualTime { minutes: u64, seconds: u64 } = "usual-time";
    StageWriting { topic: &'a str } = "stage-writing";
    StageDrawing { topic: &'a str } = "stage-drawing";
    Ready = "ready";
    OfflineNotes = "offline-notes";
    OfflineText = "offline-text";
    OfflineQuestions = "offline-questions";
    FewerSlides { slides: u64 } = "fewer-slides";
    CaptionCopy = "caption-copy";
    DeliveryUnknown = "delivery-unknown";
    SendingAgain = "sending-again";
    SentAgainAlready = "sent-again-already";
    FailedAbout { topic: &'a str } = "failed-about";
    FailedText = "failed-text";
    FailedProvider = "failed-provider";
    FailedDeadline = "failed-deadline";
    FailedQuota = "failed-quota";
    FailedOpen = "failed-open";
    FailedBudget = "failed-budget";
    FailedSource = "failed-source";
    FailedModel { why: &'a str } = "failed-model";
    FailedInput = "failed-input";
    FailedMissing = "failed-missing";
    FailedOver = "failed-over";
    FailedDestination = "failed-destination";
    FailedUnavailable = "failed-unavailable";
    OfferOffline = "offer-offline";
    OfferQuestions = "offer-questions";
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
    ModelWrongLanguage = "model-wrong-language";
    ModelBreaker { minutes: u64 } = "model-breaker";
    ModelRefused = "model-refused";
    ModelNeeded = "model-needed";
    ModelLanguage = "model-language";
    ModelNotCovered = "model-not-covered";
    ModelNotCoveredNear { notes: &'a str } = "model-not-covered-near";
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
    FileTooLarge { max: u64, megabytes: u64 } = "file-too-large";
    FileCut { chars: u64, max: u64 } = "file-cut";
    FileScan = "file-scan";
    FileEncrypted = "file-encrypted";
    FileDamaged = "file-damaged";
    FileArchive = "file-archive";
    FileOldFormat = "file-old-format";
    FileEmpty = "file-empty";
    FileTable = "file-table";
    FileUnavailable = "file-unavailable";
    FileUnreadable = "file-unreadable";
    LinkRefused = "link-refused";
    PictureTooLarge { max: u64 } = "picture-too-large";
    VoiceTooLarge { max: u64 } = "voice-too-large";
    VoiceRefused = "voice-refused";
    VoiceNotTranscribed = "voice-unheard";
    UploadsUsedUp { max: u64 } = "uploads-used-up";
    CarouselsUsedUp = "carousels-used-up";
    BudgetUsedUp = "budget-used-up";
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
    SendNewSlide { slide: u64 } = "send-new-slide";
    AddingSlide = "adding-slide";
    SlideAdded { slide: u64 } = "slide-added";
    RemovingSlide { slide: u64 } = "removing-slide";
    MovingSlide { slide: u64, to: u64 } = "moving-slide";
    SlidesNow { slides: u64 } = "slides-now";
    Restoring = "restoring";
    SendCaption = "send-caption";
    SavingCaption = "saving-caption";
    CaptionChanged = "caption-changed";
    CaptionRefused = "caption-refused";
    TooManyHashtags = "too-many-hashtags";
    AltTexts = "alt-texts";
    SourceReport = "source-report";
    SourceOnSlides { section: &'a str, slides: &'a str } = "source-on-slides";
    SourceLeftOut { section: &'a str } = "source-left-out";
    SourceGone = "source-gone";
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
    StageAccepted = "stage-accepted";
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
    ScheduleMade { cadence: &'a str, topic: &'a str, zone: &'a str, next: &'a str } = "schedule-made";
    ScheduleNotCovered = "schedule-not-covered";
    ScheduleExists { n: u64, cadence: &'a str, topic: &'a str } = "schedule-exists";
    ScheduleMissed { topic: &'a str, when: &'a str } = "schedule-missed";
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
    AskUnderWay = "ask-under-way";
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
    Stats { users: u64, today: u64, week: u64, carousels: u64, delivered: u64, failed: u64, cancelled: u64, unknown: u64, open: u64, rate: &'a str, median: &'a str, cost: &'a str, month: &'a str } = "stats";
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
    ButtonUndo = "button-undo";
    ButtonMoveUp = "button-move-up";
    ButtonMoveDown = "button-move-down";
    ButtonRemoveSlide = "button-remove-slide";
    ButtonAddAfter = "button-add-after";
    ButtonChangeCaption = "button-change-caption";
    ButtonAltTexts = "button-alt-texts";
    ButtonSourceReport = "button-source-report";
    ButtonInstruct = "button-instruct";
    ButtonText = "button-words";
    ButtonBack = "button-back";
    ButtonDraw = "button-draw";
    ButtonDrop = "button-drop";
    ButtonOffline = "button-offline";
    ButtonQuestions = "button-questions";
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
    ScheduleWeekdays { days: &'a str, time: &'a str } = "cadence-weekdays";
    ScheduleMonthly { day: u64, time: &'a str } = "cadence-monthly";
    ScheduleHourly = "cadence-hourly";
    DayName { day: &'a str } = "day-name";
    ScheduleZone { zone: &'a str } = "schedule-zone";
    ZoneUnknown { zone: &'a str } = "zone-unknown";
    ZoneHalfHour { zone: &'a str } = "zone-half-hour";
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
    AdminHelp = "admin-help";
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
    BotDescription = "bot-description";
    BotShortDescription = "bot-short-description";
    StarterNames = "starter-names";
    StarterTests = "starter-tests";
    StarterFocus = "starter-focus";
    SampleSubtitle = "sample-subtitle";
    SampleRule = "sample-rule";
    SampleReason = "sample-reason";
    SampleSummary = "sample-summary";
    SamplePointOne = "sample-point-one";
    SamplePointTwo = "sample-point-two";
    SamplePointThree = "sample-point-three";
    SampleCall = "sample-call";
    Usage = "usage";
    UsageCarousels { used: u64, limit: u64, unlimited: u64 } = "usage-carousels";
    UsageOpen { used: u64, limit: u64, unlimited: u64 } = "usage-open";
    UsageRequests { used: u64, limit: u64 } = "usage-requests";
    UsageBudget { spent: &'a str, budget: &'a str } = "usage-budget";
    UsageCost { spent: &'a str } = "usage-cost";
    UsageUploads { used: u64, limit: u64 } = "usage-uploads";
    UsageRenews { when: &'a str } = "usage-renews";
    UsageTotals = "usage-totals";
    UsageTotal { days: u64, cost: &'a str, calls: u64 } = "usage-total";
    UsageModel { model: &'a str, cost: &'a str, calls: u64 } = "usage-model";
    MenuUsage = "menu-usage";
    Errors = "errors";
    ErrorsNone = "errors-none";
    ErrorsCount { kind: &'a str, count: u64 } = "errors-count";
    ErrorsDead { count: u64 } = "errors-dead";
    ErrorsRecent = "errors-recent";
    ErrorsLine { when: &'a str, kind: &'a str, reason: &'a str, carousel: &'a str } = "errors-line";
    MenuErrors = "menu-errors";
    LimitSet { account: &'a str, limit: u64 } = "limit-set";
    LimitRemoved { account: &'a str } = "limit-removed";
    ButtonAskAccess = "button-ask-access";
    AccessAsked = "access-asked";
    AccessRequest { account: &'a str, language: &'a str } = "access-request";
    ButtonAllow = "button-allow";
    ButtonRefuse = "button-refuse";
    AccessGranted = "access-granted";
    AccessDeclined = "access-declined";
    IncidentReception { when: &'a str, reason: &'a str } = "incident-reception";
    IncidentReceptionOver { when: &'a str, minutes: u64, reason: &'a str } = "incident-reception-over";
    IncidentAlert { when: &'a str, reason: &'a str } = "incident-alert";
    IncidentAlertOver { when: &'a str, minutes: u64, reason: &'a str } = "incident-alert-over";
    IncidentProvider { when: &'a str, provider: &'a str, reason: &'a str } = "incident-provider";
    IncidentProviderOver { when: &'a str, minutes: u64, provider: &'a str } = "incident-provider-over";
    ButtonOptions = "button-options";
    OptionsRunning { topic: &'a str } = "options-running";
    OptionsDone { topic: &'a str } = "options-done";
    Choices { slides: u64, theme: &'a str, format: &'a str, language: &'a str } = "choices";
    AlreadyChosen = "already-chosen";
    ButtonCopyCaption = "button-copy-caption";
    ButtonCopyHashtags = "button-copy-hashtags";
    InlineTitle { topic: &'a str } = "inline-title";
    InlineDescription = "inline-description";
    InlineText { topic: &'a str } = "inline-text";
    InlineButton = "inline-button";
    InlineOpen = "inline-open";
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
mod tests;
