// The screen that asks for a new carousel.

import * as api from "./api.js";
import { button, h, own, say, settled } from "./dom.js";
import { ThemeChoice, themes } from "./themes.js";
import { t } from "./words.js";

/** Languages of content, by their own names. */
const LANGUAGES = [
  ["en", "English"], ["ru", "русский"], ["uk", "українська"], ["es", "español"], ["pt", "português"], ["de", "Deutsch"],
  ["fr", "français"], ["it", "italiano"], ["pl", "polski"], ["tr", "Türkçe"], ["ar", "العربية"], ["he", "עברית"],
  ["hi", "हिन्दी"], ["zh", "中文"], ["ja", "日本語"], ["ko", "한국어"],
];
const FORMATS = [["4x5", "portrait"], ["1x1", "square"], ["9x16", "story"]];
/** Longer words are a text, not a topic. */
const TOPIC_CHARACTERS = 300;
/** A cover shows the beginning of a text. */
const COVER_CHARACTERS = 80;

/** What the words of the field are. */
function kindOf(words) {
  if (/^https?:\/\/\S+$/i.test(words)) return "link";
  return words.includes("\n") || words.length > TOPIC_CHARACTERS ? "text" : "topic";
}

export async function screen(app) {
  const kept = JSON.parse(own.get("request") ?? "{}");
  let file = null;
  const words = h("textarea", { id: "source", rows: 3, maxlength: 20000, "aria-describedby": "source-kind", value: kept.words ?? "" });
  const kind = h("p", { id: "source-kind", class: "hint" });
  const upload = h("input", { type: "file", id: "file", accept: ".txt,.md,.csv,.srt,.vtt,.pdf,.docx,.ogg,.mp3,.m4a,.wav,.webm,.flac" });
  const noFile = button(t("removeFile"), () => { upload.value = ""; chosenFile(); }, { class: "quiet", hidden: true });
  const format = h("fieldset", { class: "formats" }, h("legend", {}, t("format")),
    ...FORMATS.map(([value, name]) => h("label", {}, h("input", { type: "radio", name: "format", value, checked: value === (kept.format ?? "4x5") }), t(name))));
  const slides = h("input", { type: "number", id: "slides", min: 3, max: 10, value: kept.slides ?? 7 });
  const tongue = h("select", { id: "language" }, h("option", { value: "" }, t("automatic")),
    ...LANGUAGES.map(([code, name]) => h("option", { value: code, lang: code }, name)));
  tongue.value = kept.language ?? "";
  const review = h("input", { type: "checkbox", id: "review", checked: kept.review ?? true });
  const offline = h("input", { type: "checkbox", id: "offline", checked: kept.offline ?? false });
  const submit = h("button", { type: "submit", class: "main" });
  const error = h("p", { class: "error", role: "alert" });

  const chosenFormat = () => format.querySelector("input:checked").value;
  const coverTopic = () => {
    if (file) return file.name.replace(/\.[^.]*$/, "");
    const text = words.value.trim();
    return kindOf(text) === "link" ? "" : text.split("\n")[0].slice(0, COVER_CHARACTERS);
  };
  const cover = (theme) => {
    const topic = coverTopic();
    return topic ? { topic, theme, format: chosenFormat(), ...(tongue.value && { language: tongue.value }) } : null;
  };
  const choice = new ThemeChoice(app, t("theme"), t("themeHint"), await themes(), kept.theme, cover, () => keep());
  const redraw = settled(250, () => void choice.draw());

  function keep() {
    own.set("request", JSON.stringify({
      words: words.value, format: chosenFormat(), slides: slides.value, language: tongue.value,
      review: review.checked, offline: offline.checked, theme: choice.value,
    }));
    submit.textContent = t(review.checked ? "makeOutline" : "make");
    const text = words.value.trim();
    const names = { link: "isLink", text: "isText", topic: "isTopic" };
    kind.textContent = file ? t("isFile", { name: file.name }) : text ? t(names[kindOf(text)], { n: text.length }) : t("sourceHint");
  }

  function chosenFile() {
    file = upload.files[0] ?? null;
    noFile.hidden = !file;
    words.disabled = Boolean(file);
    keep();
    redraw();
  }

  async function make(event) {
    event.preventDefault();
    error.textContent = "";
    const text = words.value.trim();
    if (!text && !file) {
      error.textContent = t("sourceMissing");
      words.focus();
      return;
    }
    const options = {
      ...(file ? {} : { [kindOf(text)]: text }),
      theme: choice.value, format: chosenFormat(), slides: Number(slides.value),
      ...(tongue.value && { language: tongue.value }),
      review: review.checked, offline: offline.checked,
    };
    submit.disabled = true;
    say(t("busy"));
    try {
      const { key, done } = api.keyFor("create", { options, file: file && [file.name, file.size, file.lastModified] });
      const made = await api.call("POST", "/v1/carousels", file ? { key, body: form(options, file) } : { key, json: options });
      done();
      own.remove("request");
      app.go(`/studio/carousels/${made.id}`);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      error.textContent = problem.message;
    } finally {
      submit.disabled = false;
    }
  }

  words.addEventListener("input", () => { keep(); redraw(); });
  upload.addEventListener("change", chosenFile);
  format.addEventListener("change", () => { keep(); redraw(); });
  tongue.addEventListener("change", () => { keep(); redraw(); });
  for (const field of [slides, review, offline]) field.addEventListener("change", keep);
  keep();
  void choice.draw();

  const content = h("form", { class: "create", onsubmit: make },
    h("h1", {}, t("createTitle")),
    h("label", { for: "source" }, t("source")), words, kind,
    h("div", { class: "row" }, h("label", { for: "file" }, t("chooseFile")), upload, noFile),
    choice.element, format,
    h("details", {}, h("summary", {}, t("more")),
      h("div", { class: "fields" },
        h("label", { for: "slides" }, t("slideCount")), slides,
        h("label", { for: "language" }, t("contentLanguage")), tongue,
        h("label", { class: "check" }, offline, t("withoutModel")))),
    h("div", { class: "submit" }, h("label", { class: "check" }, review, t("review")), submit), error);
  return { title: t("create"), content };
}

function form(options, file) {
  const form = new FormData();
  form.append("options", JSON.stringify(options));
  form.append("file", file, file.name);
  return form;
}
