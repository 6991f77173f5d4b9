## Hello

greeting =
    Hi! I turn a topic into a finished Instagram carousel: slides, a caption, hashtags.

    Send me a topic, or tap one below. { $listens ->
        [0] A link or a text file works too.
       *[other] A link, a voice message or a text file works too.
    }

group-hello =
    Hi! I make Instagram carousels.

    Send /carousel and a topic. Reply /carousel to a message, and I make one of it. Reply to a slide to change it.

schedules-waiting = { $n ->
        [one] One schedule was paused while I could not write here.
       *[other] { $n } schedules were paused while I could not write here.
    } /schedule resumes { $n ->
        [one] it
       *[other] them
    }.

help =
    <b>What I can do</b>

    Send a topic and I will make a carousel. { $listens ->
        [0] A link, a forwarded post, or a .txt, .md, .csv, .srt, .pdf or .docx file works too.
       *[other] A link, a voice message, a forwarded post, or a .txt, .md, .csv, .srt, .pdf or .docx file works too.
    }

    /carousel TOPIC — make a carousel
    /wisdom — today's tip
    /ask QUESTION — an answer from our notes
    /style — choose a theme
    /settings — language, format, brand and more
    /history — your carousels
    /usage — what is left for today
    /schedule — scheduled carousels
    /status — what is in progress
    /cancel — stop
    /myid — your Telegram ID
    /privacy — what I store about you, /export — a copy, /forget — delete it

small-talk-hello = Hi! What should the carousel be about? Send a topic.
small-talk-thanks = You're welcome!
small-talk-about = I'm a bot that turns a topic into an Instagram carousel. Send a topic, or see /help
small-talk-okay = 👌 Send a topic whenever you like.
unknown-command = There is no command { $command }. All commands: /help
nothing-to-read =
    { $listens ->
        [0] I can't make a carousel from that. Send a topic, a link, or a .txt, .md, .csv, .srt, .pdf or .docx file.
       *[other] I can't make a carousel from that. Send a topic, a link, a voice message, or a .txt, .md, .csv, .srt, .pdf or .docx file.
    }
not-allowed = This bot is for invited people only. Your ID is { $id }: send it to the owner to get access.
my-id = Your ID: { $id }
busy = That did not work. Please try again in a few seconds.
foreign-button = This button belongs to somebody else's carousel.
stale-button = This button is out of date. Your carousels: /history
foreign-carousel = That is somebody else's carousel. To make your own, send /carousel and a topic.
foreign-question = That question is for somebody else. To make a carousel, send /carousel and a topic.
nothing-to-drop = You have no open question here.
answer-by-reply = Answer by replying to this message.
anonymous-author = I can't see who you are. Write here under your own name, or to me in private: { $link }
channel-post = I take no requests in channels. Write to me in private: { $link }
group-administrators = Only administrators can schedule carousels in this group. Your own schedules: { $link }
instruction-too-long = That instruction is too long. Say it in a few sentences.
instruction-without-model = I can't rewrite by instruction: no language model is set up. You can send the new text of a slide yourself.
offer-start-over = You changed your request. Start over with “{ $topic }”?
button-start-over = Start over
not-started-yet = I have not started this carousel yet. Try again in a few seconds.
both-carousels = The first carousel is already being sent, so it will arrive too. The new one follows.
already-requested = You have asked for this already: see below.

## A carousel under way

accepted = Got it: “{ $topic }”.
accepted-behind =
    { $ahead ->
        [one] Got it: “{ $topic }”. About { $ahead } task is ahead of you.
       *[other] Got it: “{ $topic }”. About { $ahead } tasks are ahead of you.
    }
usual-time =
    { $minutes ->
        [0] It usually takes about { $seconds } seconds.
        [1] It usually takes about a minute.
       *[other] It usually takes about { $minutes } minutes.
    }
stage-writing = Writing the slides: “{ $topic }”
stage-drawing = Drawing: “{ $topic }”
ready = Done. What next?
offline-notes = The texts are from our notes, written without a model.
offline-text = Made without a model: the slides contain sentences of the text, and long ones are shortened.
offline-questions = Made without a model: these are questions about the topic, not facts.
fewer-slides =
    { $slides ->
        [one] The text is enough for { $slides } slide.
       *[other] The text is enough for { $slides } slides.
    }
caption-copy = Instagram caption (tap to copy):

delivery-unknown = Telegram did not confirm that the album arrived. If you don't see it above, press “Send again”. If you do, everything is fine.
sending-again = Sending it again.
sent-again-already = I have already sent it again.

## How it ended

failed-about = <b>{ $topic }</b>
failed-text = That did not work: the text of one slide does not fit. Try a shorter topic or another format.
failed-provider = That did not work: the model did not answer. Please try again.
failed-deadline = This took too long, so I stopped. Please try again.
failed-quota = You have used all of your carousels for today. There are new ones at midnight UTC.
failed-open = You have too many carousels in progress. Wait for one to finish, or stop them with /cancel.
failed-budget = Today's budget for models is used up or reserved for carousels in progress, so I did not make this carousel. The budget renews at midnight UTC.
failed-source = I could not read this page, file or recording. Send me the text itself.
failed-model = { $why } The carousel was not made.
failed-input = I can't make a carousel from this request. Change it and send it again.
failed-missing = A file of this carousel is no longer stored. Send the topic again.
failed-over = This carousel has already ended. Send the topic again to make a new one.
failed-destination = Telegram does not let me send the carousel to this chat. Check that I may send photos here, then try again.
failed-unavailable = A part of the bot does not work at the moment, so the carousel was not made. Try again in a few minutes.
offer-offline = I can make a draft from our notes, without a model.
offer-questions = Send me a text or a link about it and I will condense that. Or I can make a carousel of questions to ask about the topic.
model-unreachable = The model service can't be reached. Try again in a few minutes.
model-timed-out = The model service did not answer in time. Try again in a few minutes.
model-connection = The connection to the model service was lost before the answer was complete. Try again in a few minutes.
model-address = The address in the bot's settings does not lead to a model service. The bot's administrator has to check it.
model-busy = The model service has too many requests at the moment. Try again in a few minutes.
model-busy-long = 
    { $minutes ->
        [one] The model service has too many requests at the moment. Try again in a minute.
       *[other] The model service has too many requests at the moment. Try again in { $minutes } minutes.
    }
model-quota = The bot's credit at the model service is used up. The bot's administrator has to add credit.
model-key = The model service does not accept the bot's key. The bot's administrator has to replace it.
model-not-allowed = The bot's key does not permit this request to the model service. The bot's administrator has to change that.
model-not-found = The model service does not have the model from the bot's settings. The bot's administrator has to choose another one.
model-content = The model refuses to write about this. Choose other words or another topic.
model-too-long = The text is too long for the model. Send a shorter part of it.
model-server = The model service has an internal error. Try again in a few minutes.
model-deaf = The bot's model can't transcribe recordings. Send the words as text.
model-unusable = The model's reply could not be used, even after a second request. Try again, or choose other words.
model-wrong-language = The model wrote in another language, even after a second request. Choose the language in the settings, or send the topic in that language.
model-breaker =
    { $minutes ->
        [one] The model service failed too often, so I have stopped calling it for now. Try again in a minute.
       *[other] The model service failed too often, so I have stopped calling it for now. Try again in { $minutes } minutes.
    }
model-refused = The model service rejected the request. If this happens again, write to the bot's administrator.
model-needed = This needs a model, and the bot works without one.
model-language = Without a model I write in Russian and English only. Choose one of them, or ask the bot's administrator for a model.
model-not-covered = Our notes don't cover this topic, and without a model I write from them only.
model-not-covered-near = Our notes don't cover this topic, and without a model I write from them only. The nearest notes: { $notes }.
model-not-configured = The bot's model is not set up completely. The bot's administrator has to check the settings.
model-unknown = The model service failed. Try again in a few minutes.
cancelled = Stopped.
cancel-late = Too late: the carousel is already being sent.
cancel-requested = Stopping…
nothing-to-cancel = I am not making anything right now.
too-many-open =
    { $open ->
        [one] You have { $open } carousel in progress. Wait for it to finish, or stop it: /cancel
       *[other] You have { $open } carousels in progress. Wait for one to finish, or stop them: /cancel
    }

## Why not

topic-empty = What should the carousel be about? For example: How to name things
topic-without-words = Add at least one word: I can't make a carousel from symbols and emoji alone.
topic-too-long = The topic has { $chars } characters; the limit is { $max }. Shorten it, or send the text as a .txt file.
text-too-long = The text has { $chars } characters; the limit is { $max }. Send a part of it.
undrawable = I can't draw “{ $character }”: no font here has it. Please write in another language.
file-refused = I can't read this kind of file. Send a .txt, .md, .csv, .srt, .pdf or .docx file.
file-too-large = This file is too large: the limit is { $max } KB for text and { $megabytes } MB for PDF and DOCX.
file-cut = The file has { $chars } characters. I use the beginning: up to { $max }.
file-scan = This PDF has pictures of text, but no text: it is a scan. Recognize its text first, or paste the text here.
file-encrypted = This file has a password. Save it without one and send it again.
file-damaged = I can't read this file: it is damaged or too complex. Save it again, or paste its text here.
file-archive = This file is no text document. Send a spreadsheet as .csv and slides as .pdf.
file-old-format = This file has an old format or a password. Save it as .docx or .pdf without a password and send it again.
file-empty = There are no words in this file.
file-table = I can't use this table. It needs a row of column names, at least two rows below it, and the same number of cells in each row.
file-unavailable = Telegram did not give me the file. Send it again, or send a smaller one.
file-unreadable = I can't read this file. Send a .txt, .md, .csv, .srt, .pdf or .docx file, or paste the text.
link-refused = I can't open this link. A link starts with http:// or https:// and leads to a page.
picture-too-large = This picture is too large: the limit is { $max } MB.
voice-too-large = This recording is too large: the limit is { $max } MB. Send a shorter one, or send the text instead.
voice-refused = I can't use this recording. Send an .ogg, .mp3, .m4a, .wav, .webm or .flac file.
voice-unheard = I can't listen to recordings here. Send the topic or the text instead.
uploads-used-up = This is more than you can send me in a day: { $max } MB of files. You can send files again after midnight UTC. Text works at any time.
carousels-used-up = You have used all of your carousels for today, so I did not download the file. There are new ones at midnight UTC.
budget-used-up = Today's budget for models is used up, so I did not download the file. It renews at midnight UTC.
theme-gone = The theme “{ $theme }” no longer exists. Choose another: /style

## Editing

choose-slide = Which slide?
send-slide-text = Slide { $slide } of { $total }. Send the new text. The first line is the heading; if you send one line, only the heading changes. The current text (tap to copy):
send-instruction = Slide { $slide } of { $total }. What should be different? For example: shorter, with an example from cooking.
edit-too-long = That is too much for one slide. Make it shorter.
edit-incomplete = Something is missing: this slide needs a heading and text below it.
edit-provider = The model did not answer, so nothing has changed. You can write the new text yourself.
edit-budget = Today's budget for models is used up. It renews at midnight UTC. You can still change the text yourself.
edit-quota = You have used all of today's edits by a model. They renew at midnight UTC. You can still change the text yourself.
edit-nothing-new = I have nothing new to say about this: without a model I only know our notes.
slide-changed = Slide { $slide } is updated. Send the whole album again?
edit-too-late = Your edit came too late: the slides were already being drawn. You can edit the carousel now.
edit-working = Changing slide { $slide }…
sending-album = Sending the album…
edit-model = { $why } Nothing has changed. You can write the new text yourself.
edit-input = I can't make this change, so everything stays as it was. Choose another slide or other words.
edit-missing = A file of this carousel is no longer stored, so nothing has changed. Send the topic again.
edit-over = This carousel can no longer be changed. Send the topic again to make a new one.
edit-destination = Telegram does not let me send this to the chat. Check that I may send photos here, then try again.
edit-access = You can't use this bot at the moment, so nothing has changed.
edit-unavailable = A part of the bot does not work at the moment, so nothing has changed. Try again in a few minutes.
edit-deadline = The change took too long, so I stopped it. Nothing has changed, please try again.
edit-broken = Something broke on our side, so nothing has changed. Please try again.
no-such-slide = There is no such slide: the carousel has { $total }.
edit-dropped = OK, nothing changes.
send-new-slide = Send the text of the new slide after slide { $slide }. The first line is the heading. One line below it becomes a text, several lines become a list.
adding-slide = Adding the slide…
slide-added = Slide { $slide } is new. Send the whole album again?
removing-slide = Removing slide { $slide }…
moving-slide = Slide { $slide } becomes slide { $to }…
slides-now =
    { $slides ->
        [one] The carousel now has 1 slide:
       *[other] The carousel now has { $slides } slides:
    }
restoring = Going back to the version before…
send-caption = Send the new caption. Hashtags at its end replace the present ones. The current caption (tap to copy):
saving-caption = Changing the caption…
caption-changed = The caption is changed (tap to copy):
caption-refused = That can't be a caption: it is empty or longer than 2,200 characters. Send another one.
too-many-hashtags = Instagram allows 5 hashtags. Send the caption with fewer.
alt-texts = Descriptions of the slides for screen readers (tap to copy):
source-report = Where the parts of the text went:
source-on-slides = “{ $section }” → slide { $slides }
source-left-out = “{ $section }” → left out
source-gone = The text of this carousel is no longer stored.
choose-style = Which theme?
restyling = Redrawing in { $style }…
rewriting = Rewriting…
files-coming = Sending the files, uncompressed.

## Draft

outline = <b>Draft</b>
outline-line = { $n }. { $words }
outline-closing = I will close this draft in an hour if you do not answer.
outline-closed = I closed the draft because you did not answer.

## History and status

history = <b>My carousels</b>
history-line = { $n }. { $topic } — { $outcome }, { $when }
history-empty = Nothing yet. Send a topic to make your first carousel.
status-line = “{ $topic }”: { $stage }
status-idle = I am not making anything right now. Send a topic.
stage-accepted = accepted, not started yet
stage-name =
    { $stage ->
        [queued] waiting
        [opening] starting
        [analysing] thinking about the topic
        [writing] writing the slides
        [saving] saving the draft
        [reviewing] waiting for you to review the draft
        [drawing] drawing
        [delivering] sending
        [completing] finishing
        [undoing] stopping
       *[other] done
    }
outcome-name =
    { $outcome ->
        [delivered] done
        [failed] failed
        [cancelled] stopped
        [unknown] not confirmed
       *[other] in progress
    }

## Settings

settings = <b>Settings</b>
setting-language = Language: { $value }
setting-theme = Theme: { $value }
setting-format = Format: { $value }
setting-slides = Slides: { $value }
setting-review = Draft before drawing: { $value }
setting-documents = Send files too: { $value }
setting-wisdom = Daily tip: { $value }
setting-news = News: { $value }
setting-handle = Handle on the slides: { $value }
setting-name = Name: { $value }
setting-accent = Colour: { $value }
setting-avatar = Logo: { $value }
value-auto = auto
value-none = none
value-yes = yes
value-no = no
language-name =
    { $language ->
        [ru] Russian
       *[en] English
    }
choose-language = Which language should I use?
choose-format = Which format?
choose-slides = How many slides?
send-handle = Send your handle, such as @vibecoder. To remove it, send a minus.
send-name = Send a name. To remove it, send a minus.
send-accent = Send a colour such as #ff8800. To remove it, send a minus.
send-avatar = Send a picture: a photo, or a PNG or JPEG file. To remove it, send a minus.
saved = Saved.
brand-refused = That value can't be used.

## Schedules

schedule-help =
    Schedule a carousel:

    /schedule daily 09:00 Clean code
    /schedule workdays 08:30
    /schedule mon,wed 10:00 Refactoring
    /schedule monthly 1 10:00 Plans (days 1 to 28)
    /schedule hourly Thoughts about tests
    /schedule zone Europe/London, or zone UTC+3

    Without a topic I take one from our notes.
schedule-made =
    Done: { $cadence }, { $topic }. Time zone { $zone }.

    Next: { $next }.
schedule-not-covered = Careful: my notes don't cover this topic, and no language model is set up. These carousels will fail until one is.
schedule-exists = You already have this schedule: { $n }. { $cadence }, { $topic }. See /schedule
schedule-missed = Your scheduled carousel was due on { $when }, but I could not start it in time: { $topic }. The schedule continues.
schedule-line = { $n }. { $cadence }, { $topic }
schedule-line-paused = { $n }. { $cadence }, { $topic } — paused
schedule-list = <b>Schedules</b>
schedule-none = You have no schedules yet.
schedule-any-topic = a topic from our notes
schedule-paused = Paused.
schedule-resumed = Resumed.
schedule-removed = Removed.
schedule-refused = I did not understand “{ $words }”.
schedule-too-many =
    { $max ->
        [one] You can have at most { $max } schedule. Remove it first.
       *[other] You can have at most { $max } schedules. Remove one first.
    }
zone-set = Time zone: { $zone }.

## Thoughts and answers

wisdom = <i>{ $text }</i>
wisdom-source = — { $source }
ask-under-way = Reading our notes…
ask-empty = Write your question after the command: /ask How do I name a function?
ask-too-long = The question has { $chars } characters; the limit is { $max }. Make it shorter.
ask-budget = Today's budget for models is used up, so there is no answer now. It renews at midnight UTC. /wisdom works without a model.
ask-quota = You have used all of today's questions to a model. They renew at midnight UTC. /wisdom works without a model.
ask-model = { $why } I have no answer this time.
ask-input = I can't answer this. Ask it in other words.
ask-access = You can't use this bot at the moment, so there is no answer.
ask-unavailable = A part of the bot does not work at the moment, so there is no answer. Try again in a few minutes.
ask-broken = Something broke on our side, so there is no answer. Please try again.
answer-sources = From our notes: { $notes }
answer-none = Our notes say nothing about this, and I won't make something up.

## For the administrator

stats =
    <b>Today (UTC)</b>
    carousels: { $carousels }, delivered: { $delivered }, failed: { $failed }, stopped: { $cancelled }, not confirmed: { $unknown }, in progress: { $open }
    success rate: { $rate }, median time: { $median }
    models: { $cost }, in 30 days: { $month }
    users: { $users }, active chats today: { $today }, in 7 days: { $week }
broadcast-help = Write the text after the command: /broadcast Hello everybody!
broadcast-ask =
    { $people ->
        [0] Nobody has asked for news yet: people turn it on in /settings. Send it anyway?
        [one] Send it to { $people } person who wants news?
       *[other] Send it to { $people } people who want news?
    }
broadcast-album = The carousel <b>{ $topic }</b>, as you last received it.
broadcast-choose = Or one of your carousels:
broadcast-started = The broadcast has started.
broadcast-paused = The broadcast is paused.
broadcast-cancelled = The broadcast is stopped.
broadcast-report =
    The broadcast is over. Delivered: { $sent }.{ $failed ->
        [0] {""}
       *[other] {" "}Failed: { $failed }, of these stopped the bot: { $closed }.
    }{ $unknown ->
        [0] {""}
       *[other] {" "}Not confirmed: { $unknown }.
    }

## Buttons (no markup)

button-cancel = Stop
button-edit = Edit a slide
button-style = Theme
button-rewrite = Rewrite
button-files = Files
button-again = Again
button-caption = Caption
button-send-again = Send again
button-send-album = Send the album
button-edit-more = Edit another
button-undo = Undo
button-move-up = Move up
button-move-down = Move down
button-remove-slide = Remove slide
button-add-after = Add a slide after
button-change-caption = Change the caption
button-alt-texts = Slide descriptions
button-source-report = What was left out
button-instruct = Say what to change
button-words = Write it myself
button-back = Back
button-draw = Draw it
button-drop = Never mind
button-offline = Make it from notes
button-questions = Make questions
button-language = Language
button-theme = Theme
button-format = Format
button-slides = Slides
button-review = Draft
button-documents = Files
button-wisdom = Daily tip
button-news = News
button-handle = Handle
button-name = Name
button-accent = Colour
button-avatar = Logo
button-older = Older
button-newer = Newer
button-pause = Pause
button-resume = Resume
button-remove = Remove
button-send = Send

## Command menu (no markup)

menu-carousel = make a carousel about a topic
menu-wisdom = today's tip
menu-ask = an answer from our notes
menu-style = choose a theme
menu-settings = language, format, brand
menu-history = my carousels
menu-schedule = scheduled carousels
menu-status = what is in progress
menu-cancel = stop
menu-help = what I can do

## What comes by itself

cadence-daily = every day at { $time }
cadence-workdays = on workdays at { $time }
cadence-weekly =
    { $day ->
        [mon] on Mondays at { $time }
        [tue] on Tuesdays at { $time }
        [wed] on Wednesdays at { $time }
        [thu] on Thursdays at { $time }
        [fri] on Fridays at { $time }
        [sat] on Saturdays at { $time }
       *[sun] on Sundays at { $time }
    }
cadence-weekdays = every { $days } at { $time }
cadence-monthly = on day { $day } of every month at { $time }
cadence-hourly = every hour
day-name =
    { $day ->
        [mon] Mon
        [tue] Tue
        [wed] Wed
        [thu] Thu
        [fri] Fri
        [sat] Sat
       *[sun] Sun
    }
schedule-zone = Time zone: { $zone }
zone-unknown = I don't know the time zone “{ $zone }”. Write Europe/London or UTC+3.
zone-half-hour = “{ $zone }” is not a whole hour. Name a city instead: /schedule zone Asia/Kolkata
choose-cadence = How often?
choose-hour = At what time? Time zone { $zone }.
choose-zone = Which time zone? For any other: /schedule zone Europe/Paris
choose-wisdom = At what time should the daily tip come? Time zone { $zone }.
send-schedule-topic = What should it be about? Send a topic, or let me take one from our notes each time.
button-new = New
button-zone = Time zone
button-daily = Every day
button-workdays = Workdays
button-from-notes = From our notes
button-off = Off

## Broadcasts and sums

broadcast-dropped = OK, nobody gets it.
broadcast-over = The broadcast is over.
broadcast-stopped = Stopped early. Not sent to: { $left }.
news-on = OK, I will send you news. To turn it off: /settings
news-off = OK, no more news. To turn it on again: /settings
button-want-news = Send me news
button-no-news = No more news
menu-stats = today's statistics
menu-broadcast = a message to everyone who wants news

## Settled from outside

failed-lost = Something broke on our side, so I stopped the carousel. Please try again.

## Access

access-locked =
    { $ends ->
        [0] An administrator has banned you from this bot.
       *[other] An administrator has banned you from this bot until { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Reason: { $reason }
    }
access-restored = You can use the bot again. If one of your schedules was due in the meantime, it is paused: turn it on under /schedule.
failed-access = You can't use this bot at the moment, so the carousel was not made.
only-private = I answer this in private only, because other people can read this chat: { $link }
only-owners = Only an owner of the bot (BOT_ADMINS) can do this.
admin-help =
    <b>For administrators</b>

    /stats — today's statistics
    /errors — what failed lately
    /usage — costs
    /broadcast TEXT — a message to everyone who wants news
ban-help =
    /ban ID for 7d REASON — ban a user for a time (m, h, d or w); without “for”, permanently
    /unban ID — lift a ban
    /banned — who is banned
    /limit ID 5 — at most 5 carousels a day for a user; “off” removes it
    /allow ID, /disallow ID — let in a user who is not in BOT_ALLOWED, or undo it
    /admin ID, /unadmin ID — make a user an administrator, or undo it (owners only)

    Instead of an ID you can reply to a message of the user. Users learn their ID by /myid.
ban-done =
    { $ends ->
        [0] { $account } is banned permanently.
       *[other] { $account } is banned until { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Reason: { $reason }.
    }{ $stopped ->
        [0] {""}
       *[other] {" "}Carousels stopped: { $stopped }.
    }
ban-owner = { $account } is an owner of this bot (BOT_ADMINS) and can't be banned.
unban-done = { $account } is no longer banned. Now: { $state }.
unban-none = { $account } was not banned. Now: { $state }.
access-state = { $account }: { $state }.
access-state-name =
    { $state ->
        [owner] an owner
        [administrator] an administrator
        [allowed] may use the bot
        [locked] banned
       *[not-listed] not on the list of invited people (BOT_ALLOWED)
    }
banned = <b>Banned</b>
banned-none = Nobody is banned.
banned-line =
    { $ends ->
        [0] { $account }: permanently
       *[other] { $account }: until { $until }
    }{ $reasons ->
        [0] {""}
       *[other] {""}, { $reason }
    } (by { $by })
schedule-line-refused = { $n }. { $cadence }, { $topic } — paused: you could not use the bot when it was due
menu-ban = ban a user
menu-banned = who is banned

## What is stored about people

privacy =
    <b>What I store about you</b>
    Your Telegram ID, language, settings and brand; the topics, texts, drafts, captions and pictures of your carousels; your schedules; what model calls cost. I do not store your name.

    <b>Where, and for how long</b>
    • Database and picture store: carousels { $carousels ->
        [0] until you delete them
       *[other] for { $carousels } days after their last change
    }, costs { $usage ->
        [0] without a limit
       *[other] for { $usage } days
    }, your profile { $people ->
        [0] until you delete it
       *[other] for { $people } days after your last message
    }, messages and events for { $records } days, an open dialogue for { $dialogues } hours. Unused pictures are deleted within { $pictures } hours.
    • Workflow engine (Temporal): for { $histories } days after the work has ended.
    • Who writes: { $models }.
    • Telegram keeps this chat by its own rules.

    /export — a copy of your data
    /forget — delete it
privacy-own-notes = our own notes; no topic leaves this system
privacy-configured = the model service that this bot’s operator has configured, if there is one
forget-ask =
    <b>Delete everything about you?</b>

    I will stop what is in progress and delete your carousels, drafts, pictures, schedules, settings, brand and history. This can't be undone.

    What stays: the messages and pictures in this chat, which Telegram stores and you can delete; a ban, if there is one, with your ID; and until midnight UTC how much you have used today, without your name, so that limits hold.

    The button works for { $minutes } minutes. /export gives you a copy first.
button-forget = Yes, delete everything
forget-started = I am deleting your data and will write when it is done. Until then I accept no requests from you.
forget-under-way = I am still deleting your data. Write again when I say that it is done.
forget-late = This button is out of date. Send /forget again.
forget-done =
    Done: your data is deleted. { $carousels ->
        [one] { $carousels } carousel
       *[other] { $carousels } carousels
    } and { $schedules ->
        [one] { $schedules } schedule
       *[other] { $schedules } schedules
    }, with all drafts, settings and history. Pictures are deleted from the store within an hour.

    What stays: this chat, which is Telegram's; a ban, if there is one; and until midnight UTC how much you have used today, without your name. If you write again, we start from scratch.
export-started = I am collecting your data and will send the file here.
export-running = I am already collecting your data and will send the file here.
export-limit =
    { $limit ->
        [one] You can have { $limit } copy of your data a day. Try again tomorrow (UTC).
       *[other] You can have { $limit } copies of your data a day. Try again tomorrow (UTC).
    }
export-ready = Everything that is stored about you. Start with README.txt.
export-readme =
    Everything that is stored about you.

    Each .json file holds one table of the database, row by row:
    users, settings, brands: your profile and your choices.
    carousels, revisions: what you asked for, and the texts, captions and drafts.
    deliveries, blob_refs, blob_holds: what was sent, and which files belong to it.
    subscriptions: your schedules.
    usage_entries, quota_reservations: what model calls cost, and which carousels count for a day.
    updates, sessions: what you wrote recently, and the state of our dialogue.
    events, chain_ends: the record of what was done.
    broadcasts, recipients: messages to many that you sent or got.

    The folder pictures has the pictures of your { $pictures } newest carousels, as many as fit into one file.

    /forget in the chat deletes all of this.
menu-privacy = what I store about you
menu-export = a copy of my data
menu-forget = delete my data

## First minute (no markup)

bot-description =
    I turn a topic, a text or a link into a finished Instagram carousel: slides, a caption and hashtags.

    Press Start and send a topic, such as “How to name things”.
bot-short-description = Turns a topic, a text or a link into a finished Instagram carousel.
starter-names = How to name things
starter-tests = Why tests matter
starter-focus = How to keep your focus
sample-subtitle = Three rules that make code read like a book
sample-rule = Name the meaning, not the type
sample-reason = A reader wants to know why a value exists. “retries” says more than “number”.
sample-summary = In short
sample-point-one = Say what it means
sample-point-two = Use the words of the field
sample-point-three = Rename as soon as it lies
sample-call = Save this for your next review

## Usage, failures, access requests

usage = <b>Today</b>
usage-carousels =
    { $unlimited ->
        [0] Carousels: { $used } of { $limit }
       *[other] Carousels: { $used }
    }
usage-open =
    { $unlimited ->
        [0] In progress: { $used } of { $limit }
       *[other] In progress: { $used }
    }
usage-requests = Edits and questions with a model: { $used } of { $limit }
usage-budget = Models: { $spent } of { $budget }
usage-cost = Models: { $spent }
usage-uploads = Files: { $used } of { $limit } MB
usage-renews = Everything renews on { $when }.
usage-totals = <b>All users</b>
usage-total =
    { $days ->
        [one] Today: { $cost }, calls: { $calls }
       *[other] { $days } days: { $cost }, calls: { $calls }
    }
usage-model = { $model }: { $cost }, calls: { $calls }
menu-usage = what is left for today
errors = <b>Failures in 7 days</b>
errors-none = No failures in 7 days.
errors-count = { $kind }: { $count }
errors-dead = Updates that could not be processed: { $count }
errors-recent = <b>The last ones</b>
errors-line =
    { $when } { $kind }: { $reason }
    <code>{ $carousel }</code>
menu-errors = what failed lately
limit-set =
    { $limit ->
        [0] { $account } can make no carousels now.
        [one] { $account } can make { $limit } carousel a day.
       *[other] { $account } can make { $limit } carousels a day.
    }
limit-removed = { $account } has no limit of their own now.
button-ask-access = Ask for access
access-asked = I have asked the owner and will write to you when they answer.
access-request = <a href="tg://user?id={ $account }">{ $account }</a> asks for access to the bot. Language: { $language }.
button-allow = Allow
button-refuse = Refuse
access-granted = You can use the bot now. Send me a topic.
access-declined = The owner did not give you access to this bot.
incident-reception = Since { $when } (UTC) I receive no messages. Reason: { $reason }
incident-reception-over =
    { $minutes ->
        [one] I receive messages again. I did not since { $when } (UTC), for { $minutes } minute: { $reason }
       *[other] I receive messages again. I did not since { $when } (UTC), for { $minutes } minutes: { $reason }
    }
incident-alert = Alert since { $when } (UTC): { $reason }
incident-alert-over =
    { $minutes ->
        [one] Over: { $reason }. It had lasted since { $when } (UTC), for { $minutes } minute.
       *[other] Over: { $reason }. It had lasted since { $when } (UTC), for { $minutes } minutes.
    }
incident-provider = Since { $when } (UTC) the model service { $provider } fails. Last reason: { $reason }
incident-provider-over =
    { $minutes ->
        [one] The model service { $provider } works again. It had failed since { $when } (UTC), for { $minutes } minute.
       *[other] The model service { $provider } works again. It had failed since { $when } (UTC), for { $minutes } minutes.
    }

## Options, copying, inline mode

button-options = Options
options-running = <b>{ $topic }</b>
    What should be different? I will stop this carousel and make it again.
options-done = <b>{ $topic }</b>
    What should be different? I will make another carousel; this one stays.
choices =
    { $slides ->
        [one] { $slides } slide, { $theme }, { $format }, { $language }
       *[other] { $slides } slides, { $theme }, { $format }, { $language }
    }
already-chosen = It is like that already.
button-copy-caption = Copy caption
button-copy-hashtags = Copy hashtags
inline-title = Carousel: { $topic }
inline-description = Sends a link. Whoever opens it gets the carousel in a private chat.
inline-text = A carousel about “{ $topic }”: press the button, then Start.
inline-button = Make the carousel
inline-open = Open the chat to make a carousel
