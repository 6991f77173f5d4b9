## Знакомство

greeting =
    Привет! Я превращаю тему в готовую карусель для Instagram: слайды, подпись, хэштеги.

    Напиши тему, например: <b>Почему тесты важны</b>. Можно прислать ссылку, голосовое или файл с текстом.

help =
    <b>Что я умею</b>

    Просто напиши тему, и я сделаю карусель. Ещё можно прислать ссылку, голосовое, пересланный пост или файл .txt и .md.

    /carousel ТЕМА — сделать карусель
    /wisdom — мысль дня
    /ask ВОПРОС — ответ по нашим заметкам
    /style — выбрать оформление
    /settings — язык, формат, бренд и остальное
    /history — мои карусели
    /schedule — карусели по расписанию
    /status — что сейчас в работе
    /cancel — остановить
    /myid — мой номер

unknown-command = Такой команды нет: { $command }. Вот что есть: /help
nothing-to-read = Из этого карусель не сделать. Пришли тему словами, ссылку, голосовое или файл .txt, .md.
not-allowed = Этот бот только для своих. Твой номер — { $id }: передай его владельцу, и он тебя впустит.
my-id = Твой номер: { $id }
busy = Сейчас не получилось. Нажми ещё раз через несколько секунд.
foreign-button = Это кнопка из чужой карусели.
stale-button = Эта кнопка устарела. Свежие — в /history.

## Карусель в работе

accepted =
    { $slides ->
        [one] Принято: «{ $topic }». { $slides } слайд, несколько секунд.
        [few] Принято: «{ $topic }». { $slides } слайда, несколько секунд.
       *[many] Принято: «{ $topic }». { $slides } слайдов, несколько секунд.
    }
accepted-behind =
    { $ahead ->
        [one] Принято: «{ $topic }». Перед тобой ещё { $ahead }.
       *[other] Принято: «{ $topic }». Перед тобой ещё { $ahead }.
    }
stage-writing = Пишу слайды: «{ $topic }»
stage-drawing = Рисую: «{ $topic }»
ready = Готово. Что дальше?
caption-copy = Подпись для Instagram — нажми, чтобы скопировать:

delivery-unknown = Telegram не подтвердил, что альбом дошёл. Если его нет выше — нажми «Отправить ещё раз». Если есть, ничего делать не нужно.
sending-again = Отправляю ещё раз.
sent-again-already = Уже отправлено.

## Чем кончилось

failed-text = Не получилось: один из слайдов не помещается. Попробуй тему покороче или другой формат.
failed-provider = Не получилось: модель не ответила. Квота не потрачена. Могу сделать черновик из наших заметок.
failed-deadline = Не получилось вовремя: за полчаса не вышло. Квота не потрачена, попробуй ещё раз.
failed-quota = На сегодня всё: дневной предел исчерпан, или слишком много каруселей в работе. Попробуй позже. Квота не потрачена.
failed-budget = Сегодняшний бюджет на модели исчерпан или отдан тому, что уже делается: эту карусель я делать не стал. Новый бюджет — в полночь по UTC. Черновик из наших заметок, без модели, могу сделать сразу.
failed-source = Не получилось прочитать эту страницу или запись. Пришли сам текст. Квота не потрачена.
failed-other = Не получилось: { $reason }. Квота не потрачена.
cancelled = Остановлено. Ничего не осталось, квота не потрачена.
cancel-late = Поздно: карусель уже отправляется.
cancel-requested = Останавливаю…
nothing-to-cancel = Сейчас ничего не делаю.
too-many-open =
    { $open ->
        [one] У тебя уже { $open } карусель в работе. Дождись её или останови: /cancel
        [few] У тебя уже { $open } карусели в работе. Дождись одной из них или останови: /cancel
       *[many] У тебя уже { $open } каруселей в работе. Дождись одной из них или останови: /cancel
    }

## Почему нет

topic-empty = О чём карусель? Напиши тему после команды: /carousel Почему тесты важны
topic-without-words = Добавь хотя бы одно слово: из одних знаков и эмодзи карусель не сделать.
topic-too-long = В теме { $chars } знаков, а можно { $max }. Сократи её или пришли текст файлом .txt.
text-too-long = В тексте { $chars } знаков, а можно { $max }. Пришли часть.
undrawable = Не умею рисовать знак «{ $character }». Напиши по-русски или по-английски.
file-refused = Такой файл я не читаю. Пришли .txt или .md с текстом.
file-too-large = Файл слишком большой: можно до { $max } КБ.
file-unreadable = В файле не текст в кодировке UTF-8.
link-refused = Такую ссылку не открыть: она начинается с http:// или https:// и ведёт на страницу.
voice-refused = Такую запись я не слушаю: до 20 МБ, .ogg, .mp3, .m4a, .wav, .webm или .flac.
voice-unheard = Записи я здесь не слушаю. Пришли тему или текст словами.
uploads-used-up = Это больше, чем можно прислать за день: { $max } МБ файлов. Файлы снова можно слать после полуночи по UTC, а слова — в любое время.
carousels-used-up = Сегодняшние карусели или сегодняшний бюджет на модели исчерпаны, поэтому файл я не скачивал. Новые — в полночь по UTC.
theme-gone = Оформления «{ $theme }» больше нет. Выбери другое: /style

## Правка

choose-slide = Какой слайд изменить?
send-slide-text =
    Слайд { $slide } из { $total }. Пришли новый текст: первая строка — заголовок; если строка одна, поменяется только он. Сейчас так, нажми, чтобы скопировать:
send-instruction = Слайд { $slide } из { $total }. Что поменять? Например: короче и с примером из кулинарии.
edit-too-long = Для одного слайда это слишком много. Скажи короче.
edit-incomplete = Здесь чего-то не хватает: у этого слайда есть заголовок и текст под ним.
edit-provider = Модель не ответила, всё осталось как было. Новый текст можно прислать самому.
edit-budget = Сегодняшний бюджет на модели исчерпан, новый — в полночь по UTC. Текст можно менять самому и сейчас.
edit-quota = Сегодняшние правки через модель исчерпаны, новые — в полночь по UTC. Текст можно менять самому и сейчас.
edit-nothing-new = Больше мне сказать нечего: без модели я знаю только наши заметки.
slide-changed = Слайд { $slide } переделан. Отправить весь альбом заново?
edit-too-late = Карусель уже рисовалась. Теперь, когда она здесь, её можно изменить.
edit-working = Переделываю слайд { $slide }…
sending-album = Отправляю альбом…
edit-refused = Так не получится: { $reason }
no-such-slide = Такого слайда нет: их { $total }.
edit-dropped = Хорошо, ничего не меняю.
choose-style = Какое оформление?
restyling = Перерисовываю в оформлении { $style }…
rewriting = Пишу заново…
files-coming = Отправляю файлы без сжатия.

## Черновик

outline = <b>Черновик</b>
outline-line = { $n }. { $words }
outline-closing = Черновик ждёт решения ещё час, потом закрою.
outline-closed = Черновик закрыт: ответа не было. Квота не потрачена.

## История и состояние

history = <b>Мои карусели</b>
history-line = { $n }. { $topic } — { $outcome }, { $when }
history-empty = Пока ничего нет. Напиши тему, и появится первая.
status-line = «{ $topic }»: { $stage }
status-idle = Сейчас ничего не делаю. Напиши тему.
stage-name =
    { $stage ->
        [queued] в очереди
        [opening] начинаю
        [analysing] обдумываю тему
        [writing] пишу слайды
        [saving] сохраняю черновик
        [reviewing] жду, пока ты посмотришь черновик
        [drawing] рисую
        [delivering] отправляю
        [completing] заканчиваю
        [undoing] останавливаю
       *[other] готово
    }
outcome-name =
    { $outcome ->
        [delivered] готово
        [failed] не получилось
        [cancelled] остановлено
        [unknown] не подтверждено
       *[other] в работе
    }

## Настройки

settings = <b>Настройки</b>
setting-language = Язык: { $value }
setting-theme = Оформление: { $value }
setting-format = Формат: { $value }
setting-slides = Слайдов: { $value }
setting-review = Черновик перед рисованием: { $value }
setting-documents = Присылать и файлы: { $value }
setting-wisdom = Мысль дня: { $value }
setting-news = Новости: { $value }
setting-handle = Подпись на слайдах: { $value }
setting-name = Имя: { $value }
setting-accent = Цвет: { $value }
setting-avatar = Логотип: { $value }
value-auto = как у темы
value-none = нет
value-yes = да
value-no = нет
language-name =
    { $language ->
        [ru] русский
       *[en] английский
    }
choose-language = На каком языке говорить?
choose-format = Какой формат?
choose-slides = Сколько слайдов?
send-handle = Пришли ник, например @vibecoder. Чтобы убрать, пришли минус.
send-name = Пришли имя или название. Чтобы убрать, пришли минус.
send-accent = Пришли цвет как #ff8800. Чтобы убрать, пришли минус.
send-avatar = Пришли картинку — фото или файл PNG, JPEG. Чтобы убрать, пришли минус.
saved = Сохранено.
brand-refused = Так не подойдёт: { $reason }

## Расписание

schedule-help =
    Карусель по расписанию:

    /schedule daily 09:00 Чистый код
    /schedule workdays 08:30
    /schedule weekly mon 10:00 Рефакторинг
    /schedule hourly Мысли о тестах
    /schedule zone Europe/Moscow

    Без темы возьму её из наших заметок.
schedule-made = Готово: { $cadence }, { $topic }. Часовой пояс { $zone }.
schedule-line = { $n }. { $cadence }, { $topic }
schedule-line-paused = { $n }. { $cadence }, { $topic } — на паузе
schedule-list = <b>Расписание</b>
schedule-none = Расписания пока нет.
schedule-any-topic = тема из наших заметок
schedule-paused = На паузе.
schedule-resumed = Снова по расписанию.
schedule-removed = Убрано.
schedule-refused = Не понял «{ $reason }».
schedule-too-many =
    { $max ->
        [one] Больше { $max } расписания не получится: убери лишнее.
       *[other] Больше { $max } расписаний не получится: убери лишнее.
    }
zone-set = Часовой пояс: { $zone }.

## Мысли и ответы

wisdom = <i>{ $text }</i>
wisdom-source = — { $source }
ask-empty = Задай вопрос после команды: /ask Как назвать функцию?
ask-too-long = В вопросе { $chars } знаков, а можно { $max }. Спроси короче.
ask-budget = Сегодняшний бюджет на модели исчерпан, поэтому ответа сейчас не будет. Новый бюджет — в полночь по UTC. /wisdom работает без модели в любое время.
ask-quota = Сегодняшние вопросы к модели исчерпаны, новые — в полночь по UTC. /wisdom работает без модели в любое время.
answer-sources = Из наших заметок: { $notes }
answer-none = Об этом в наших заметках ничего нет, а выдумывать не буду.

## Администратору

stats =
    <b>Сегодня (UTC)</b>
    каруселей: { $carousels }, дошло: { $delivered }, не вышло: { $failed }, остановлено: { $cancelled }, не подтверждено: { $unknown }, в работе: { $open }
    удачных: { $rate }, половина за { $median }
    модели: { $cost }
    людей: { $users }, сегодня писали: { $today }, за 7 дней: { $week }
broadcast-help = Пришли текст после команды: /broadcast Привет всем!
broadcast-ask =
    { $people ->
        [0] Новостей пока никто не просил: кнопка есть под /start и в /settings. Всё равно отправить?
        [one] Отправить { $people } человеку, который ждёт новостей?
       *[other] Отправить { $people } людям, которые ждут новостей?
    }
broadcast-album = Карусель <b>{ $topic }</b>, какой она пришла в последний раз.
broadcast-choose = Или одну из твоих каруселей:
broadcast-started = Рассылка началась.
broadcast-paused = Рассылка на паузе.
broadcast-cancelled = Рассылка остановлена.
broadcast-report =
    Рассылка закончена. Дошло: { $sent }.{ $failed ->
        [0] {""}
       *[other] {" "}Не дошло: { $failed }, из них остановили бота: { $closed }.
    }{ $unknown ->
        [0] {""}
       *[other] {" "}Не подтверждено: { $unknown }.
    }

## Кнопки (без разметки)

button-cancel = Остановить
button-edit = Изменить слайд
button-style = Оформление
button-rewrite = Переписать
button-files = Файлы
button-again = Ещё раз
button-caption = Подпись
button-send-again = Отправить ещё раз
button-send-album = Отправить альбом
button-edit-more = Изменить ещё
button-instruct = Сказать, что поменять
button-words = Прислать текст самому
button-back = Назад
button-draw = Рисовать
button-drop = Не надо
button-offline = Сделать из заметок
button-language = Язык
button-theme = Оформление
button-format = Формат
button-slides = Слайды
button-review = Черновик
button-documents = Файлы
button-wisdom = Мысль дня
button-news = Новости
button-handle = Ник
button-name = Имя
button-accent = Цвет
button-avatar = Логотип
button-older = Раньше
button-newer = Позже
button-pause = Пауза
button-resume = Дальше
button-remove = Убрать
button-send = Отправить

## Меню команд (без разметки)

menu-carousel = сделать карусель по теме
menu-wisdom = мысль дня
menu-ask = ответ по нашим заметкам
menu-style = выбрать оформление
menu-settings = язык, формат, бренд
menu-history = мои карусели
menu-schedule = карусели по расписанию
menu-status = что сейчас в работе
menu-cancel = остановить
menu-help = что я умею

## Что приходит само

cadence-daily = каждый день в { $time }
cadence-workdays = по будням в { $time }
cadence-weekly =
    { $day ->
        [mon] по понедельникам в { $time }
        [tue] по вторникам в { $time }
        [wed] по средам в { $time }
        [thu] по четвергам в { $time }
        [fri] по пятницам в { $time }
        [sat] по субботам в { $time }
       *[sun] по воскресеньям в { $time }
    }
cadence-hourly = каждый час
day-name =
    { $day ->
        [mon] Пн
        [tue] Вт
        [wed] Ср
        [thu] Чт
        [fri] Пт
        [sat] Сб
       *[sun] Вс
    }
schedule-zone = Часовой пояс: { $zone }
zone-unknown = Не знаю часового пояса «{ $zone }». Напиши его как Europe/Moscow.
choose-cadence = Как часто?
choose-hour = Во сколько? Часовой пояс { $zone }.
choose-zone = Какой часовой пояс? Любой другой: /schedule zone Asia/Tbilisi
choose-wisdom = Во сколько присылать мысль дня? Часовой пояс { $zone }.
send-schedule-topic = О чём? Пришли тему — или каждый раз буду брать её из наших заметок.
button-new = Добавить
button-zone = Часовой пояс
button-daily = Каждый день
button-workdays = По будням
button-from-notes = Из заметок
button-off = Выключить

## Рассылки и итоги

broadcast-dropped = Хорошо, никому не отправляю.
broadcast-over = Рассылка закончена.
broadcast-stopped = Остановлено раньше времени, не написано: { $left }.
news-on = Хорошо, буду присылать новости. Отключить: /settings.
news-off = Хорошо, новостей больше не будет. Вернуть: /settings.
button-want-news = Присылай новости
button-no-news = Больше не надо
menu-stats = как идут дела
menu-broadcast = сообщение всем, кто ждёт новостей

## Завершено без нас

failed-lost = У нас что-то сломалось, и карусель пришлось остановить. Квота не потрачена, попробуй ещё раз.

## Доступ

access-locked =
    { $ends ->
        [0] Администратор закрыл тебе доступ к этому боту.
       *[other] Администратор закрыл тебе доступ к этому боту до { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Причина: { $reason }
    }
access-restored = Бот снова тебе доступен. Если за это время подошло время твоего расписания, оно на паузе: включи его в /schedule.
failed-access = Сейчас бот тебе недоступен, поэтому карусель не сделана. Квота не потрачена.
only-private = На это я отвечаю только в личном чате: здесь читают и другие. { $link }
only-owners = Это может только владелец бота (BOT_ADMINS).
ban-help =
    /ban НОМЕР на 7д ПРИЧИНА — закрыть доступ; м, ч, д или н; без «на» — навсегда
    /unban НОМЕР — открыть доступ
    /banned — кому доступ закрыт
    /admin НОМЕР, /unadmin НОМЕР — сделать администратором или отменить это (только владельцы)

    Вместо номера можно ответить на сообщение человека. Свой номер человек узнаёт по /myid.
ban-done =
    { $ends ->
        [0] { $account }: доступ закрыт навсегда.
       *[other] { $account }: доступ закрыт до { $until }.
    }{ $reasons ->
        [0] {""}
       *[other] {" "}Причина: { $reason }.
    }{ $stopped ->
        [0] {""}
       *[other] {" "}Остановлено каруселей: { $stopped }.
    }
ban-owner = { $account } — владелец этого бота (BOT_ADMINS), закрыть ему доступ нельзя.
unban-done = { $account }: доступ открыт. Теперь: { $state }.
unban-none = { $account }: доступ не был закрыт. Сейчас: { $state }.
access-state = { $account }: { $state }.
access-state-name =
    { $state ->
        [owner] владелец
        [administrator] администратор
        [allowed] может пользоваться ботом
        [locked] доступ закрыт
       *[not-listed] нет в списке приглашённых (BOT_ALLOWED)
    }
banned = <b>Доступ закрыт</b>
banned-none = Доступ никому не закрыт.
banned-line =
    { $ends ->
        [0] { $account }: навсегда
       *[other] { $account }: до { $until }
    }{ $reasons ->
        [0] {""}
       *[other] {""}, { $reason }
    } (закрыл { $by })
schedule-line-refused = { $n }. { $cadence }, { $topic } — на паузе: когда подошло время, бот был тебе недоступен
menu-ban = закрыть доступ
menu-banned = кому закрыт доступ
