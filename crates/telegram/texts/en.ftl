## Hello

greeting =
    Hi! I turn a topic into a finished Instagram carousel: slides, a caption, hashtags.

    Send me a topic, such as <b>How to name things</b>. A link, a voice message or a text file will do too.

help =
    <b>What I can do</b>

    Just send a topic and I make a carousel. You can also send a link, a voice message, a forwarded post, or a .txt or .md file.

    /carousel TOPIC — make a carousel
    /wisdom — a thought for the day
    /ask QUESTION — an answer from our notes
    /style — choose a look
    /settings — language, format, brand and the rest
    /history — my carousels
    /schedule — carousels by the clock
    /status — what is being made
    /cancel — stop
    /myid — my number
    /privacy — what I store about you, /export — a copy, /forget — delete it

unknown-command = There is no command { $command }. Here is what there is: /help
nothing-to-read = I can't make a carousel of that. Send a topic in words, a link, a voice message, or a .txt or .md file.
not-allowed = This bot is for invited people. Your number is { $id }: give it to the owner to be let in.
my-id = Your number: { $id }
busy = That did not work just now. Press again in a few seconds.
foreign-button = That button belongs to somebody else's carousel.
stale-button = That button has grown old. Fresh ones are in /history.

## A carousel under way

accepted =
    { $slides ->
        [one] Got it: “{ $topic }”. { $slides } slide, a few seconds.
       *[other] Got it: “{ $topic }”. { $slides } slides, a few seconds.
    }
accepted-behind =
    { $ahead ->
        [one] Got it: “{ $topic }”. About { $ahead } ahead of you.
       *[other] Got it: “{ $topic }”. About { $ahead } ahead of you.
    }
stage-writing = Writing the slides: “{ $topic }”
stage-drawing = Drawing: “{ $topic }”
ready = Done. What next?
caption-copy = The caption for Instagram, tap to copy:

delivery-unknown = Telegram did not confirm that the album arrived. If it is not above, press “Send again”. If it is, there is nothing to do.
sending-again = Sending it again.
sent-again-already = It was sent already.

## How it ended

failed-text = That did not work: one of the slides does not fit. Try a shorter topic or another format.
failed-provider = That did not work: the model gave no answer. Your quota is untouched.
failed-deadline = That took too long: half an hour was not enough. Your quota is untouched, please try again.
failed-quota = That is all for now: today's limit is reached, or too many carousels are in the making. Try again later. No quota was spent.
failed-budget = Today's budget for models is used up, or promised to what is being made: I did not make this carousel. There is a new budget at midnight UTC. I can make a draft from our own notes at once, without a model.
failed-source = I could not read that page or recording. Send the text itself. No quota was spent.
failed-model = { $why } The carousel was not made, and your quota is untouched.
failed-input = I can't make a carousel from this request. Change it and send it again. Your quota is untouched.
failed-missing = A file of this carousel is no longer stored. Send the topic again. Your quota is untouched.
failed-over = This carousel has ended already. Send the topic again to make a new one.
failed-destination = Telegram does not let me send the carousel to this chat. Check that I may send photos here, then try again. Your quota is untouched.
failed-unavailable = A part of the bot does not work at the moment, so the carousel was not made. Try again in a few minutes. Your quota is untouched.
offer-offline = I can make a draft from our own notes.
model-unreachable = The model service can't be reached. Try again in a few minutes.
model-timed-out = The model service did not answer in time. Try again in a few minutes.
model-connection = The connection to the model service broke before its answer was complete. Try again in a few minutes.
model-address = What answers at the address in the bot's settings is not a model service. The bot's administrator has to check the address.
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
model-breaker = 
    { $minutes ->
        [one] The model service failed too often, so I do not call it for now. Try again in a minute.
       *[other] The model service failed too often, so I do not call it for now. Try again in { $minutes } minutes.
    }
model-refused = The model service rejected the request. If this happens again, write to the bot's administrator.
model-needed = This needs a model, and the bot works without one.
model-not-configured = The bot's model is not set up completely. The bot's administrator has to check the settings.
model-unknown = The model service failed. Try again in a few minutes.
cancelled = Stopped. Nothing is left behind, your quota is untouched.
cancel-late = Too late: the carousel is being sent.
cancel-requested = Stopping…
nothing-to-cancel = I am not making anything right now.
too-many-open =
    { $open ->
        [one] You have { $open } carousel under way. Wait for it, or stop it: /cancel
       *[other] You have { $open } carousels under way. Wait for one, or stop one: /cancel
    }

## Why not

topic-empty = What is it about? Write the topic after the command: /carousel How to name things
topic-without-words = Add at least one word: signs and emoji alone say too little.
topic-too-long = The topic has { $chars } characters, { $max } are possible. Shorten it, or send the text as a .txt file.
text-too-long = The text has { $chars } characters, { $max } are possible. Send a part of it.
undrawable = I can't draw “{ $character }”. Please write in English or Russian.
file-refused = I don't read that kind of file. Send a .txt or .md file.
file-too-large = That file is too large: up to { $max } KB are possible.
file-unreadable = There is no UTF-8 text in that file.
link-refused = That is no link I can open: it begins with http:// or https:// and names a page.
voice-refused = I don't listen to that kind of recording: up to 20 MB, .ogg, .mp3, .m4a, .wav, .webm or .flac.
voice-unheard = I can't listen to recordings here. Send the topic or the text in words.
uploads-used-up = That is more than you can send me in a day: { $max } MB of files. You can send files again after midnight UTC, and words at any time.
carousels-used-up = Today's carousels or today's budget for models are used up, so I did not fetch the file. There is more at midnight UTC.
theme-gone = There is no look “{ $theme }” any more. Choose another: /style

## Editing

choose-slide = Which slide?
send-slide-text =
    Slide { $slide } of { $total }. Send the new words: the first line is the heading, and one line alone changes only that. So it is now, tap to copy:
send-instruction = Slide { $slide } of { $total }. What should be different? For example: shorter, with an example from cooking.
edit-too-long = That is too much for one slide. Say it shorter.
edit-incomplete = Something is missing here: this slide has a heading and words under it.
edit-provider = The model gave no answer, so nothing has changed. You can send the new words yourself.
edit-budget = Today's budget for models is used up, there is a new one at midnight UTC. You can change the words yourself at any time.
edit-quota = Today's changes by a model are used up, there are new ones at midnight UTC. You can change the words yourself at any time.
edit-nothing-new = I have nothing else to say about it: without a model I only know our notes.
slide-changed = Slide { $slide } is new. Send the whole album again?
edit-too-late = It was being drawn already. You can change it now that it is here.
edit-working = Changing slide { $slide }…
sending-album = Sending the album…
edit-model = { $why } Nothing has changed; you can send the new words yourself.
edit-input = This change can't be made here, so nothing has changed. Choose another slide or other words.
edit-missing = A file of this carousel is no longer stored, so nothing has changed. Send the topic again.
edit-over = This carousel can no longer be changed. Send the topic again to make a new one.
edit-destination = Telegram does not let me send this to the chat. Check that I may send photos here, then try again.
edit-access = You can't use this bot at present, so nothing has changed.
edit-unavailable = A part of the bot does not work at the moment, so nothing has changed. Try again in a few minutes.
edit-deadline = The change took too long, so I stopped it. Nothing has changed, please try again.
edit-broken = Something broke on our side, so nothing has changed. Please try again.
no-such-slide = There is no such slide: there are { $total }.
edit-dropped = All right, nothing changes.
choose-style = Which look?
restyling = Redrawing in { $style }…
rewriting = Writing it anew…
files-coming = Sending the files, uncompressed.

## Draft

outline = <b>Draft</b>
outline-line = { $n }. { $words }
outline-closing = The draft waits one more hour for your answer, then I close it.
outline-closed = The draft is closed: there was no answer. Your quota is untouched.

## History and status

history = <b>My carousels</b>
history-line = { $n }. { $topic } — { $outcome }, { $when }
history-empty = Nothing yet. Send a topic and there will be.
status-line = “{ $topic }”: { $stage }
status-idle = I am not making anything right now. Send a topic.
stage-name =
    { $stage ->
        [queued] waiting
        [opening] beginning
        [analysing] thinking about the topic
        [writing] writing the slides
        [saving] storing the draft
        [reviewing] waiting for you to look at the draft
        [drawing] drawing
        [delivering] sending
        [completing] finishing
        [undoing] stopping
       *[other] done
    }
outcome-name =
    { $outcome ->
        [delivered] done
        [failed] did not work
        [cancelled] stopped
        [unknown] not confirmed
       *[other] under way
    }

## Settings

settings = <b>Settings</b>
setting-language = Language: { $value }
setting-theme = Look: { $value }
setting-format = Format: { $value }
setting-slides = Slides: { $value }
setting-review = Draft before drawing: { $value }
setting-documents = Send files too: { $value }
setting-wisdom = Thought of the day: { $value }
setting-news = News: { $value }
setting-handle = Handle on the slides: { $value }
setting-name = Name: { $value }
setting-accent = Colour: { $value }
setting-avatar = Logo: { $value }
value-auto = like the topic
value-none = none
value-yes = yes
value-no = no
language-name =
    { $language ->
        [ru] Russian
       *[en] English
    }
choose-language = Which language shall I speak?
choose-format = Which format?
choose-slides = How many slides?
send-handle = Send your handle, such as @vibecoder. A minus takes it away.
send-name = Send a name. A minus takes it away.
send-accent = Send a colour such as #ff8800. A minus takes it away.
send-avatar = Send a picture: a photo, or a PNG or JPEG file. A minus takes it away.
saved = Saved.
brand-refused = That value can't be used.

## Schedules

schedule-help =
    A carousel by the clock:

    /schedule daily 09:00 Clean code
    /schedule workdays 08:30
    /schedule weekly mon 10:00 Refactoring
    /schedule hourly Thoughts about tests
    /schedule zone Europe/London

    Without a topic I take one from our notes.
schedule-made = Done: { $cadence }, { $topic }. Time zone { $zone }.
schedule-line = { $n }. { $cadence }, { $topic }
schedule-line-paused = { $n }. { $cadence }, { $topic } — paused
schedule-list = <b>Schedules</b>
schedule-none = There are no schedules yet.
schedule-any-topic = a topic from our notes
schedule-paused = Paused.
schedule-resumed = Going on.
schedule-removed = Removed.
schedule-refused = I did not understand “{ $words }”.
schedule-too-many =
    { $max ->
        [one] More than { $max } schedule is not possible: remove one first.
       *[other] More than { $max } schedules are not possible: remove one first.
    }
zone-set = Time zone: { $zone }.

## Thoughts and answers

wisdom = <i>{ $text }</i>
wisdom-source = — { $source }
ask-empty = Ask after the command: /ask How do I name a function?
ask-too-long = The question has { $chars } characters, { $max } are possible. Ask it shorter.
ask-budget = Today's budget for models is used up, so there is no answer now. There is a new budget at midnight UTC. /wisdom works without a model at any time.
ask-quota = Today's questions to a model are used up, there are new ones at midnight UTC. /wisdom works without a model at any time.
ask-model = { $why } There is no answer this time.
ask-input = I can't answer this. Say it in other words.
ask-access = You can't use this bot at present, so there is no answer.
ask-unavailable = A part of the bot does not work at the moment, so there is no answer. Try again in a few minutes.
ask-broken = Something broke on our side, so there is no answer. Please try again.
answer-sources = From our notes: { $notes }
answer-none = Our notes say nothing about that, and I will not make it up.

## For the administrator

stats =
    <b>Today (UTC)</b>
    carousels: { $carousels }, arrived: { $delivered }, failed: { $failed }, stopped: { $cancelled }, not confirmed: { $unknown }, under way: { $open }
    success: { $rate }, half of them within { $median }
    models: { $cost }
    people: { $users }, active today: { $today }, in 7 days: { $week }
broadcast-help = Write the text after the command: /broadcast Hello everybody!
broadcast-ask =
    { $people ->
        [0] Nobody has asked for news yet: the button is under /start and in /settings. Send it all the same?
        [one] Send it to { $people } person who wants news?
       *[other] Send it to { $people } people who want news?
    }
broadcast-album = The carousel <b>{ $topic }</b>, as you had it last.
broadcast-choose = Or one of your carousels:
broadcast-started = The broadcast has begun.
broadcast-paused = The broadcast is paused.
broadcast-cancelled = The broadcast is stopped.
broadcast-report =
    The broadcast is over. Arrived: { $sent }.{ $failed ->
        [0] {""}
       *[other] {" "}Failed: { $failed }, of them with the bot stopped: { $closed }.
    }{ $unknown ->
        [0] {""}
       *[other] {" "}Not confirmed: { $unknown }.
    }

## Buttons (no markup)

button-cancel = Stop
button-edit = Edit a slide
button-style = Look
button-rewrite = Rewrite
button-files = Files
button-again = Again
button-caption = Caption
button-send-again = Send again
button-send-album = Send the album
button-edit-more = Edit another
button-instruct = Say what to change
button-words = Send the words myself
button-back = Back
button-draw = Draw it
button-drop = Leave it
button-offline = Make it from notes
button-language = Language
button-theme = Look
button-format = Format
button-slides = Slides
button-review = Draft
button-documents = Files
button-wisdom = Daily thought
button-news = News
button-handle = Handle
button-name = Name
button-accent = Colour
button-avatar = Logo
button-older = Older
button-newer = Newer
button-pause = Pause
button-resume = Go on
button-remove = Remove
button-send = Send

## Command menu (no markup)

menu-carousel = make a carousel about a topic
menu-wisdom = a thought for the day
menu-ask = an answer from our notes
menu-style = choose a look
menu-settings = language, format, brand
menu-history = my carousels
menu-schedule = carousels by the clock
menu-status = what is being made
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
zone-unknown = I know no time zone “{ $zone }”. Write it as Europe/London.
choose-cadence = How often?
choose-hour = At what time? Time zone { $zone }.
choose-zone = Which time zone? Any other: /schedule zone Europe/Paris
choose-wisdom = At what time shall the thought of the day come? Time zone { $zone }.
send-schedule-topic = What about? Send a topic, or let me take one from our notes each time.
button-new = New
button-zone = Time zone
button-daily = Every day
button-workdays = Workdays
button-from-notes = From our notes
button-off = Off

## Broadcasts and sums

broadcast-dropped = All right, nobody gets it.
broadcast-over = The broadcast is over.
broadcast-stopped = Stopped early, not written to: { $left }.
news-on = Good, I will send you news. To stop them: /settings.
news-off = Good, no more news. To have them back: /settings.
button-want-news = Send me news
button-no-news = No more news
menu-stats = how it goes
menu-broadcast = a message to all who want news

## Settled from outside

failed-lost = Something broke on our side, and I stopped the carousel. Your quota is untouched, please try again.

## Access

access-locked =
    { $ends ->
        [0] An administrator has locked your access to this bot.
       *[other] An administrator has locked your access to this bot until { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Reason: { $reason }
    }
access-restored = You can use the bot again. If a schedule of yours was due meanwhile, it is paused: turn it on under /schedule.
failed-access = You can't use this bot at present, so the carousel was not made. No quota was spent.
only-private = I answer that in private only, because others read here: { $link }
only-owners = Only an owner of the bot (BOT_ADMINS) can do that.
ban-help =
    /ban NUMBER for 7d REASON — lock a person; m, h, d or w; for good without “for”
    /unban NUMBER — unlock a person
    /banned — who is locked
    /admin NUMBER, /unadmin NUMBER — make an administrator, or take it back (owners only)

    Instead of a number you can reply to a message of the person. A person learns their number by /myid.
ban-done =
    { $ends ->
        [0] { $account } is locked for good.
       *[other] { $account } is locked until { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Reason: { $reason }.
    }{ $stopped ->
        [0] {""}
       *[other] {" "}Carousels stopped: { $stopped }.
    }
ban-owner = { $account } is an owner of this bot (BOT_ADMINS) and can't be locked.
unban-done = { $account } is unlocked. Now: { $state }.
unban-none = { $account } was not locked. Now: { $state }.
access-state = { $account }: { $state }.
access-state-name =
    { $state ->
        [owner] an owner
        [administrator] an administrator
        [allowed] may use the bot
        [locked] locked
       *[not-listed] not on the list of invited people (BOT_ALLOWED)
    }
banned = <b>Locked</b>
banned-none = Nobody is locked.
banned-line =
    { $ends ->
        [0] { $account }: for good
       *[other] { $account }: until { $until }
    }{ $reasons ->
        [0] {""}
       *[other] {""}, { $reason }
    } (by { $by })
schedule-line-refused = { $n }. { $cadence }, { $topic } — paused: you could not use the bot when it was due
menu-ban = lock a person
menu-banned = who is locked

## What is stored about people

privacy =
    <b>What I store about you</b>
    Your Telegram number, language, settings and brand; the topics, texts, drafts, captions and pictures of your carousels; your schedules; what model calls cost. I do not store your name.

    <b>Where, and for how long</b>
    • Database and picture store: carousels { $carousels ->
        [0] until you delete them
       *[other] for { $carousels } days after their last change
    }, costs { $usage ->
        [0] without a limit
       *[other] for { $usage } days
    }, your profile { $people ->
        [0] until you delete it
       *[other] for { $people } days without a sign of you
    }, messages and events for { $records } days, an open dialogue for { $dialogues } hours. Pictures that nothing uses go within { $pictures } hours.
    • Workflow engine (Temporal): for { $histories } days after the work has ended.
    • Who writes: { $models }.
    • Telegram keeps this chat by its own rules.

    /export — a copy of your data
    /forget — delete it
privacy-own-notes = our own notes; no topic leaves this system
privacy-configured = the model service that this bot’s operator has configured, if there is one
forget-ask =
    <b>Delete everything about you?</b>

    I stop what is being made, and delete your carousels, drafts, pictures, schedules, settings, brand and history. Nobody can bring them back.

    What stays: the messages and pictures in this chat, which are Telegram's and yours to delete; a ban, if there is one, with your number; and until midnight UTC how much you have used today, without your name, so that limits hold.

    The button works for { $minutes } minutes. /export gives you a copy first.
button-forget = Yes, delete everything
forget-started = I am deleting your data and will write when it is done. Until then I take no requests from you.
forget-under-way = I am still deleting your data. Write again when I say that it is done.
forget-late = That button is out of date. Send /forget again.
forget-done =
    Done: your data is deleted. { $carousels ->
        [one] { $carousels } carousel
       *[other] { $carousels } carousels
    } and { $schedules ->
        [one] { $schedules } schedule
       *[other] { $schedules } schedules
    }, with all drafts, settings and history. Pictures leave the store within the hour.

    What stays: this chat, which is Telegram's; a ban, if there is one; and until midnight UTC the sum that you have used today, without your name. If you write again, we begin anew.
export-started = I am packing your data. The file comes here in a moment.
export-running = Your data is being packed already. The file comes here in a moment.
export-limit =
    { $limit ->
        [one] You can have { $limit } copy of your data a day. Try again tomorrow (UTC).
       *[other] You can have { $limit } copies of your data a day. Try again tomorrow (UTC).
    }
export-ready = Everything that is stored about you. Start with README.txt.
export-readme =
    Everything that is stored about you.

    The .json files hold one table of the database each, row by row:
    users, settings, brands: your profile and what you have chosen.
    carousels, revisions: what you asked for, and the texts, captions and drafts.
    deliveries, blob_refs, blob_holds: what was sent, and which files belong to it.
    subscriptions: what comes by the clock.
    usage_entries, quota_reservations: what model calls cost, and which places of the day were taken.
    updates, sessions: what you wrote lately, and where our dialogue stands.
    events, chain_ends: the record of what was done.
    broadcasts, recipients: messages to many that you sent or got.

    The folder pictures has the pictures of your { $pictures } newest carousels, as many as fit into one file.

    /forget in the chat deletes all of this.
menu-privacy = what I store about you
menu-export = a copy of my data
menu-forget = delete my data
