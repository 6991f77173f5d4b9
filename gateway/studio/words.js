// All words of the studio, in English and Russian.

import { shared } from "./dom.js";

const WORDS = {
  // The frame.
  skip: ["To the content", "К содержанию"],
  create: ["New carousel", "Новая карусель"],
  history: ["History", "История"],
  brand: ["Brand", "Бренд"],
  signOut: ["Sign out", "Выйти"],
  otherLanguage: ["Русский", "English"],
  close: ["Close", "Закрыть"],
  cancelAction: ["Keep it", "Оставить"],
  loading: ["Loading…", "Загрузка…"],
  offline: ["No connection. Nothing is lost: trying again…", "Нет связи. Ничего не потеряно: пробую снова…"],
  online: ["Connected again", "Связь восстановлена"],
  noServer: ["The server can't be reached. Check the connection and try again.", "Сервер недоступен. Проверьте связь и попробуйте ещё раз."],
  serverError: ["The server could not do this. Try again.", "Сервер не справился. Попробуйте ещё раз."],
  // Sign-in.
  signInTitle: ["Sign in", "Вход"],
  signInHow: ["The studio opens with a link that works once. Ask the operator for one.", "Студия открывается по ссылке, которая работает один раз. Попросите её у владельца."],
  signInLocal: ["On your own computer, `cargo dev` prints a link at its start, and `gateway studio` prints another one.", "На своём компьютере ссылку печатает `cargo dev` при запуске, а новую — `gateway studio`."],
  signInFailed: ["This link was used, or your session has ended. Ask the operator for another link.", "Эта ссылка уже использована, или вход закончился. Попросите у владельца новую ссылку."],
  signedOut: ["You are signed out.", "Вы вышли."],
  // A new carousel.
  createTitle: ["What is the carousel about?", "О чём карусель?"],
  source: ["A topic, a link, or a whole text", "Тема, ссылка или целый текст"],
  sourceHint: ["For example: How to name things", "Например: Почему тесты важны"],
  isTopic: ["A topic: the text will be written for you.", "Тема: текст будет написан за вас."],
  isLink: ["A link: the page will be read and condensed.", "Ссылка: страница будет прочитана и сжата."],
  isText: ["A text of {n} characters: it will be condensed.", "Текст, {n} знаков: он будет сжат."],
  isFile: ["The file {name} will be read and condensed.", "Файл {name} будет прочитан и сжат."],
  chooseFile: ["Or a file: text, PDF, Word, or a recording", "Или файл: текст, PDF, Word или запись"],
  removeFile: ["Remove the file", "Убрать файл"],
  theme: ["Look", "Оформление"],
  themeHint: ["These are covers of your carousel, drawn as they will be.", "Это обложки вашей карусели, точно такие, какими будут."],
  format: ["Format", "Формат"],
  portrait: ["Portrait 4:5", "Портрет 4:5"],
  square: ["Square 1:1", "Квадрат 1:1"],
  story: ["Story 9:16", "История 9:16"],
  more: ["More choices", "Ещё настройки"],
  slideCount: ["Slides", "Слайдов"],
  contentLanguage: ["Language of the text", "Язык текста"],
  automatic: ["As in the topic", "Как в теме"],
  review: ["Show me the outline before it is drawn", "Показать план, прежде чем рисовать"],
  withoutModel: ["Write without a language model", "Написать без языковой модели"],
  make: ["Make the carousel", "Сделать карусель"],
  makeOutline: ["Write the outline", "Написать план"],
  sourceMissing: ["Write a topic, a link or a text first.", "Сначала напишите тему, ссылку или текст."],
  // A carousel.
  accepted: ["Accepted", "Принято"],
  writing: ["Writing", "Пишется"],
  reviewing: ["Waiting for you", "Ждёт вас"],
  drawing: ["Drawing and sending", "Рисуется и отправляется"],
  delivered: ["Done", "Готово"],
  failed: ["Failed", "Не получилось"],
  cancelled: ["Cancelled", "Отменено"],
  unknown: ["Delivery not confirmed", "Доставка не подтверждена"],
  doneStep: ["done", "сделано"],
  cancel: ["Cancel", "Отменить"],
  cancelQuestion: ["Cancel this carousel?", "Отменить эту карусель?"],
  again: ["Make it again", "Сделать снова"],
  outlineTitle: ["The outline is ready", "План готов"],
  outlineHint: ["Change the words, the order and the number of slides. Then draw it.", "Измените слова, порядок и число слайдов. Затем рисуйте."],
  draw: ["Draw it", "Рисовать"],
  slides: ["Slides", "Слайды"],
  previous: ["Previous slide", "Предыдущий слайд"],
  next: ["Next slide", "Следующий слайд"],
  textOf: ["Text of slide {n}", "Текст слайда {n}"],
  textHint: ["The first line is the heading; a single line changes only that. The picture follows as you type.", "Первая строка — заголовок; одна строка меняет только его. Картинка меняется, пока вы пишете."],
  changed: ["changed", "изменён"],
  save: ["Save", "Сохранить"],
  saveSome: ["Save {n} changed", "Сохранить изменённые: {n}"],
  discard: ["Discard", "Отбросить"],
  up: ["Move slide {n} up", "Слайд {n} выше"],
  down: ["Move slide {n} down", "Слайд {n} ниже"],
  remove: ["Remove slide {n}", "Убрать слайд {n}"],
  add: ["Add a slide after this one", "Добавить слайд после этого"],
  addTitle: ["A new slide", "Новый слайд"],
  addHint: ["A heading, and below it a sentence or a list.", "Заголовок, под ним предложение или список."],
  addSlide: ["Add", "Добавить"],
  newSlide: ["Text of the new slide", "Текст нового слайда"],
  undo: ["Undo", "Отменить правку"],
  caption: ["Caption", "Подпись"],
  captionText: ["Text under the post", "Текст под постом"],
  hashtags: ["Hashtags", "Хештеги"],
  copy: ["Copy the caption", "Скопировать подпись"],
  copied: ["Copied", "Скопировано"],
  restyle: ["Another look", "Другое оформление"],
  rewrite: ["Write again", "Написать заново"],
  rewriteAll: ["All slides are written again. Undo brings the present ones back.", "Все слайды будут написаны заново. «Отменить правку» вернёт нынешние."],
  instruct: ["Ask for a change", "Попросить об изменении"],
  instruction: ["What should change on this slide?", "Что изменить на этом слайде?"],
  ask: ["Change it", "Изменить"],
  download: ["Download", "Скачать"],
  zip: ["All pictures (ZIP)", "Все картинки (ZIP)"],
  pdf: ["PDF", "PDF"],
  onePicture: ["This picture", "Эту картинку"],
  sendChat: ["Send to my chat", "Отправить в мой чат"],
  sent: ["It will arrive in your chat in a moment.", "Сейчас придёт в ваш чат."],
  busy: ["Working…", "Выполняется…"],
  done: ["Saved", "Сохранено"],
  notFound: ["There is no such carousel, or it belongs to another account.", "Такой карусели нет, или она другого пользователя."],
  conflict: ["Another tab or device changed this carousel. You see its newest version.", "Эту карусель изменили в другой вкладке или на другом устройстве. Вы видите новейшую версию."],
  conflictKept: ["Your unsaved words are kept: save them again if they still fit.", "Ваши несохранённые слова на месте: сохраните их снова, если они ещё подходят."],
  orphan: ["Your words for a slide that is no longer there:", "Ваши слова для слайда, которого больше нет:"],
  leave: ["Your unsaved words will be lost. Leave the page?", "Несохранённые слова пропадут. Уйти?"],
  previewFailed: ["The picture can't be drawn: {why}", "Картинку нарисовать нельзя: {why}"],
  refused: ["Not changed: {why}", "Не изменено: {why}"],
  nothingKnown: ["the reason is unknown", "причина неизвестна"],
  // History.
  search: ["Search by topic", "Поиск по теме"],
  nothingFound: ["Nothing found.", "Ничего не найдено."],
  nothingYet: ["No carousels yet.", "Каруселей пока нет."],
  firstOne: ["Make the first one", "Сделать первую"],
  moreHistory: ["Show more", "Показать ещё"],
  // The brand.
  brandTitle: ["Your brand on every slide", "Ваш бренд на каждом слайде"],
  handle: ["Handle", "Имя в сети"],
  handleHint: ["As on Instagram: Latin letters, digits, “_” and “.”", "Как в Instagram: латинские буквы, цифры, «_» и «.»"],
  brandName: ["Name", "Имя"],
  accent: ["Accent colour", "Цвет акцента"],
  ownAccent: ["Use my colour instead of the look's", "Мой цвет вместо цвета оформления"],
  brandPicture: ["Picture", "Картинка"],
  removePicture: ["Remove the picture", "Убрать картинку"],
  brandSample: ["How it looks", "Как это выглядит"],
  brandTopic: ["Why tests matter", "Почему тесты важны"],
  brandSaved: ["Saved. The next carousels show it.", "Сохранено. Это увидят следующие карусели."],
};

const LANGUAGES = ["en", "ru"];
let current = shared.get("language") ?? (navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en");

export const language = () => current;

export function setLanguage(chosen) {
  current = LANGUAGES.includes(chosen) ? chosen : "en";
  shared.set("language", current);
  document.documentElement.lang = current;
}

/** The words with this name; `{n}` and the like are replaced. */
export function t(name, values) {
  const words = WORDS[name][LANGUAGES.indexOf(current)];
  return words.replace(/\{(\w+)\}/g, (_, key) => values?.[key] ?? "");
}

/** A time of today as people write it. */
export function clock(time) {
  return new Intl.DateTimeFormat(current, { timeStyle: "medium" }).format(new Date(time));
}

/** A date and a time as people write them. */
export function when(time) {
  return new Intl.DateTimeFormat(current, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}
