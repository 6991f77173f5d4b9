// Edits the slides of a carousel: its outline before it is drawn, or a finished one. Every change is a request to the
// workflow of the carousel; unsaved words stay in this page until then.

import * as api from "./api.js";
import { Latest, button, dialog, h, own, say, sleep } from "./dom.js";
import { ThemeChoice, themes } from "./themes.js";
import { t } from "./words.js";

const FEWEST = 3;
const MOST = 10;

/** Pauses between two looks at a change. */
const PAUSES = [100, 150, 200, 300, 500];

export class Editor {
  #app;
  #id;
  /** Whether nothing is drawn yet. */
  #isOutline;
  #view;
  #reread;
  /** The revision that is shown. */
  #base = 0;
  #slides = [];
  #caption = "";
  #hashtags = [];
  #theme = "";
  /** Unsaved words by slide number. */
  #edits = new Map();
  #selected = 1;
  #isBusy = false;
  #drawing = new Latest();
  #figures = [];

  /** `reread` is called after a change that ends this phase. */
  constructor(app, id, isOutline, view, reread) {
    this.#app = app;
    this.#id = id;
    this.#isOutline = isOutline;
    this.#view = view;
    this.#reread = reread;
    this.notice = h("div", { class: "notice", role: "alert" });
    this.list = h("ol", { class: "outline" });
    this.strip = h("div", { class: "strip", tabindex: "0", role: "group", "aria-label": t("slides") });
    this.position = h("span", { class: "position" });
    this.words = h("textarea", { id: "words", rows: 9, maxlength: 5000, "aria-describedby": "words-hint words-problem" });
    this.label = h("label", { for: "words" });
    this.problem = h("p", { id: "words-problem", class: "error", role: "alert" });
    this.saveButton = button(t("save"), () => this.#saveAll(), { class: "main" });
    this.discardButton = button(t("discard"), () => this.#discard());
    this.toolbar = h("div", { class: "toolbar", role: "group" });
    this.element = this.#layout();
    this.words.addEventListener("input", () => this.#typed());
    this.words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void this.#saveAll();
    });
    let timer;
    this.strip.addEventListener("scroll", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const width = this.strip.firstElementChild?.offsetWidth || 1;
        this.#select(Math.round(this.strip.scrollLeft / width) + 1, false);
      }, 100);
    });
    this.strip.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.#select(this.#selected + step, true);
    });
  }

  hasUnsaved() {
    return this.#edits.size > 0;
  }

  /** Shows a newer revision that another tab or device has made. */
  async follow(view) {
    this.#view = view;
    // A view that was asked for before a change of ours is older than what is shown.
    if (this.#isBusy || view.revision <= this.#base) return;
    await this.#conflict();
  }

  /** Reads the current revision. */
  async read() {
    const signal = this.#app.signal;
    const read = await api.call("GET", `/v1/carousels/${this.#id}/slides`, { signal });
    this.#remember(read.revision);
    this.#base = read.revision;
    this.#slides = read.slides;
    this.#caption = read.caption;
    this.#hashtags = read.hashtags;
    this.#theme = read.theme;
    this.#selected = Math.min(Math.max(this.#selected, 1), read.slides.length);
    this.#render();
  }

  #layout() {
    const step = (by, name, sign) => button(sign, () => this.#select(this.#selected + by, true), { "aria-label": t(name), class: "round" });
    const viewer = h("div", { class: "viewer" }, this.strip,
      h("div", { class: "pager" }, step(-1, "previous", "‹"), this.position, step(1, "next", "›")));
    const instruct = this.#app.session.uses_models ? this.#instructForm() : null;
    const panel = h("div", { class: "panel" }, this.label, this.words, h("p", { id: "words-hint", class: "hint" }, t("textHint")), this.problem,
      h("div", { class: "row" }, this.saveButton, this.discardButton), instruct);
    const heading = this.#isOutline
      ? h("div", { class: "outline-head" }, h("h2", {}, t("outlineTitle")), h("p", { class: "hint" }, t("outlineHint")))
      : null;
    return h("div", { class: "editor" }, heading, this.notice, this.toolbar,
      h("div", { class: "columns" }, h("nav", { class: "slides", "aria-label": t("slides") }, this.list, button(t("add"), () => this.#add(), { class: "add" })), viewer, panel));
  }

  #instructForm() {
    const field = h("input", { id: "instruction", maxlength: 500 });
    const ask = async (event) => {
      event.preventDefault();
      const instruction = field.value.trim();
      if (!instruction) return field.focus();
      const isDone = await this.#act(() => this.#change("PATCH", `/slides/${this.#selected}`, { instruction }));
      if (isDone) field.value = "";
    };
    return h("form", { class: "instruct", onsubmit: ask }, h("label", { for: "instruction" }, t("instruction")), h("div", { class: "row" }, field, h("button", { type: "submit" }, t("ask"))));
  }

  // Showing.

  #render() {
    this.#renderToolbar();
    this.#renderList();
    this.#renderStrip();
    this.#showSelected(true);
  }

  #renderToolbar() {
    const tools = this.#isOutline
      ? [
          button(t("draw"), () => this.#draw(), { class: "main" }),
          button(t("caption"), () => this.#editCaption()),
          button(t("rewrite"), () => this.#rewrite()),
        ]
      : [
          button(t("undo"), () => this.#undo(), { disabled: this.#undoStack().length === 0 && !this.hasUnsaved() }),
          button(t("restyle"), () => this.#restyle()),
          button(t("caption"), () => this.#editCaption()),
          button(t("rewrite"), () => this.#rewrite()),
          this.#downloads(),
          this.#app.session.has_chat ? button(t("sendChat"), () => this.#sendToChat()) : null,
        ];
    this.toolbar.replaceChildren(...tools.filter(Boolean));
  }

  #renderList() {
    const all = this.#slides.length;
    const items = this.#slides.map(({ number }) => {
      const text = this.#textOf(number).split("\n")[0].replaceAll("*", "");
      const isSelected = number === this.#selected;
      const name = h("button", { type: "button", class: "name", "aria-current": isSelected ? "true" : null, onclick: () => this.#select(number, true) },
        h("span", { class: "number" }, String(number)), h("span", {}, text),
        this.#edits.has(number) ? h("em", {}, t("changed")) : null);
      const tool = (sign, words, order, isOff) => button(sign, () => this.#arrange(order()), { class: "small", "aria-label": t(words, { n: number }), disabled: isOff });
      return h("li", {}, name,
        // The cover stays first.
        ...(number === 1 ? [] : [
          tool("↑", "up", () => this.#moved(number, number - 1), number === 2),
          tool("↓", "down", () => this.#moved(number, number + 1), number === all),
          tool("×", "remove", () => this.#numbers().filter((other) => other !== number), all <= FEWEST),
        ]));
    });
    this.list.replaceChildren(...items);
    this.element.querySelector(".add").disabled = all >= MOST;
  }

  #renderStrip() {
    this.#figures = this.#slides.map((slide) => {
      const image = h("img", { alt: slide.alt });
      return h("figure", { class: `picture f${(this.#view.request?.format ?? "4x5").replace("x", "-")}` }, image);
    });
    this.strip.replaceChildren(...this.#figures);
    void this.#loadPictures();
  }

  /** Loads the pictures, the selected one and its neighbours first. */
  async #loadPictures() {
    const figures = this.#figures;
    const near = (slide) => Math.abs(slide.number - this.#selected);
    const wanted = [...this.#slides].sort((one, other) => near(one) - near(other));
    for (const slide of wanted) {
      if (figures !== this.#figures || this.#app.signal.aborted) return;
      await this.#loadPicture(slide).catch(() => {});
    }
  }

  async #loadPicture(slide) {
    const image = this.#image(slide.number);
    const text = this.#edits.get(slide.number);
    if (text === undefined && slide.picture) {
      image.src = await api.picture(slide.picture, `${this.#base}`, this.#app.signal);
      return image.decode().catch(() => {});
    }
    const body = { carousel: this.#id, slide: slide.number, ...(text !== undefined && { text }) };
    return api.show(image, await api.preview(body, this.#app.signal));
  }

  #image(number) {
    return this.#figures[number - 1].querySelector("img");
  }

  #select(number, scrolls) {
    const within = Math.min(Math.max(number, 1), this.#slides.length);
    const isOther = within !== this.#selected;
    this.#selected = within;
    if (isOther) {
      this.#renderList();
      this.problem.textContent = "";
    }
    this.#showSelected(scrolls);
  }

  #showSelected(scrolls) {
    const n = this.#selected;
    this.position.textContent = `${n} / ${this.#slides.length}`;
    this.label.textContent = t("textOf", { n });
    if (this.words.value !== this.#textOf(n)) this.words.value = this.#textOf(n);
    this.#showUnsaved();
    if (scrolls) {
      const figure = this.#figures[n - 1];
      this.strip.scrollTo({ left: figure.offsetLeft - this.strip.firstElementChild.offsetLeft, behavior: "instant" });
    }
  }

  #showUnsaved() {
    const count = this.#edits.size;
    this.saveButton.textContent = count > 1 ? t("saveSome", { n: count }) : t("save");
    this.saveButton.disabled = count === 0 || this.#isBusy;
    this.discardButton.hidden = count === 0;
  }

  #textOf(number) {
    return this.#edits.get(number) ?? this.#slides[number - 1].text;
  }

  #numbers() {
    return this.#slides.map((slide) => slide.number);
  }

  #moved(number, to) {
    const order = this.#numbers().filter((other) => other !== number);
    order.splice(to - 1, 0, number);
    return order;
  }

  // Typing.

  #typed() {
    const begun = performance.now();
    const slide = this.#slides[this.#selected - 1];
    const text = this.words.value;
    const wasUnsaved = this.#edits.has(slide.number);
    if (text.trim() === slide.text.trim()) this.#edits.delete(slide.number);
    else this.#edits.set(slide.number, text);
    if (wasUnsaved !== this.#edits.has(slide.number)) this.#renderToolbar();
    this.#renderList();
    this.#showUnsaved();
    const figures = this.#figures;
    // Read by tests.
    this.strip.toggleAttribute("data-drawing", true);
    const drawing = this.#drawing.run(async () => {
      if (figures !== this.#figures) return;
      try {
        await this.#loadPicture(slide);
        performance.measure("preview", { start: begun, end: performance.now() });
        if (slide.number === this.#selected) this.problem.textContent = "";
      } catch (error) {
        if (error.name === "AbortError" || slide.number !== this.#selected) return;
        this.problem.textContent = t("previewFailed", { why: error.message });
      }
    });
    void drawing.then((isLast) => isLast && this.strip.toggleAttribute("data-drawing", false));
  }

  #discard() {
    const numbers = [...this.#edits.keys()];
    this.#edits.clear();
    this.problem.textContent = "";
    this.#renderToolbar();
    this.#renderList();
    this.#showSelected(false);
    for (const number of numbers) void this.#loadPicture(this.#slides[number - 1]).catch(() => {});
  }

  // Changing.

  /** Carries out changes one after the other, and shows the result or the reason. Returns whether all were made. */
  async #act(changes) {
    if (this.#isBusy) return false;
    this.#setBusy(true);
    this.notice.replaceChildren();
    let isDone = true;
    try {
      await changes();
      await this.read();
      say(t("done"));
    } catch (error) {
      isDone = false;
      if (error.name === "AbortError") return false;
      if (error.kind === "changed") await this.#conflict();
      else {
        await this.read().catch(() => {});
        this.#tell(t("refused", { why: error.message }));
      }
    } finally {
      this.#setBusy(false);
    }
    return isDone;
  }

  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.element.setAttribute("aria-busy", String(isBusy));
    this.element.classList.toggle("busy", isBusy);
    if (isBusy) say(t("busy"));
    this.#showUnsaved();
  }

  #tell(text, ...more) {
    this.notice.replaceChildren(h("p", {}, text), ...more, button("×", () => this.notice.replaceChildren(), { class: "small", "aria-label": t("close") }));
  }

  /** Requests a change of the shown revision, and waits for its end. */
  async #change(method, path, body) {
    const json = { ...body, revision: this.#base };
    const { key, done } = api.keyFor(`${this.#id} ${method} ${path}`, json);
    const signal = this.#app.signal;
    try {
      const accepted = await api.call(method, `/v1/carousels/${this.#id}${path}`, { json, key, signal });
      for (let look = 0; ; look += 1) {
        const change = await api.call("GET", `/v1/carousels/${this.#id}/changes/${accepted.change}`, { signal });
        if (change.status === "refused") throw new api.Problem(422, { detail: change.message ?? t("nothingKnown") });
        if (change.status === "done") {
          this.#remember(change.revision);
          this.#base = change.revision;
          break;
        }
        await sleep(PAUSES[Math.min(look, PAUSES.length - 1)], signal);
      }
    } catch (error) {
      // After an answer, another attempt is another request.
      if (error.status) done();
      throw error;
    }
    done();
  }

  async #saveUnsaved() {
    for (const [number, text] of [...this.#edits].sort(([one], [other]) => one - other)) {
      try {
        await this.#change("PATCH", `/slides/${number}`, { text });
      } catch (error) {
        this.#selected = number;
        throw error;
      }
      this.#edits.delete(number);
    }
  }

  #saveAll() {
    if (this.hasUnsaved()) return this.#act(() => this.#saveUnsaved());
  }

  #arrange(order) {
    return this.#act(async () => {
      await this.#saveUnsaved();
      await this.#change("PUT", "/order", { order });
    });
  }

  #add() {
    const after = this.#selected;
    const words = h("textarea", { id: "new-slide", rows: 5, maxlength: 5000 });
    const error = h("p", { class: "error", role: "alert" });
    const add = async (event) => {
      event.preventDefault();
      const text = words.value.trim();
      if (!text) return words.focus();
      const isDone = await this.#act(async () => {
        await this.#saveUnsaved();
        await this.#change("POST", "/slides", { after, text });
        this.#selected = after + 1;
      });
      if (isDone) box.close();
      else error.textContent = this.notice.textContent.replace("×", "");
    };
    const box = dialog(t("addTitle"), t("close"), h("form", { onsubmit: add },
      h("label", { for: "new-slide" }, t("newSlide")), words, h("p", { class: "hint" }, t("addHint")), error,
      h("button", { type: "submit", class: "main" }, t("addSlide"))));
    words.focus();
  }

  async #draw() {
    await this.#act(async () => {
      await this.#saveUnsaved();
      const json = { revision: this.#base };
      const { key, done } = api.keyFor(`${this.#id} draw`, json);
      await api.call("POST", `/v1/carousels/${this.#id}/draw`, { json, key });
      done();
    });
    await this.#reread();
  }

  async #restyle() {
    const cover = (theme) => ({ carousel: this.#id, slide: this.#selected, theme });
    const choice = new ThemeChoice(this.#app, t("theme"), t("themeHint"), await themes(), this.#theme, cover);
    const choose = button(t("restyle"), async () => {
      box.close();
      if (choice.value === this.#theme) return;
      await this.#act(async () => {
        await this.#saveUnsaved();
        await this.#change("POST", "/restyle", { theme: choice.value });
      });
    }, { class: "main" });
    const box = dialog(t("restyle"), t("close"), choice.element, choose);
    box.classList.add("wide");
    void choice.draw();
  }

  #rewrite() {
    const rewrite = button(t("rewrite"), async () => {
      box.close();
      this.#edits.clear();
      await this.#act(() => this.#change("POST", "/rewrite", {}));
    }, { class: "main" });
    const box = dialog(t("rewrite"), t("close"), h("p", {}, t("rewriteAll")), h("div", { class: "row" }, rewrite, button(t("cancelAction"), () => box.close())));
  }

  #editCaption() {
    const caption = h("textarea", { id: "caption", rows: 8, maxlength: 2200, value: this.#caption });
    const tags = h("input", { id: "hashtags", value: this.#hashtags.map((tag) => `#${tag}`).join(" ") });
    const error = h("p", { class: "error", role: "alert" });
    const save = async (event) => {
      event.preventDefault();
      const hashtags = tags.value.split(/[\s,]+/).map((tag) => tag.replace(/^#+/, "")).filter(Boolean);
      const isDone = await this.#act(async () => {
        await this.#saveUnsaved();
        await this.#change("PUT", "/caption", { caption: caption.value, hashtags });
      });
      if (isDone) box.close();
      else error.textContent = this.notice.textContent.replace("×", "");
    };
    const copy = button(t("copy"), async () => {
      await navigator.clipboard.writeText([caption.value, tags.value].filter(Boolean).join("\n\n")).then(() => say(t("copied")), (reason) => say(reason.message));
    });
    const box = dialog(t("caption"), t("close"), h("form", { onsubmit: save },
      h("label", { for: "caption" }, t("captionText")), caption, h("label", { for: "hashtags" }, t("hashtags")), tags, error,
      h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, t("save")), copy)));
  }

  #downloads() {
    const files = `/v1/carousels/${this.#id}/files`;
    const get = (name, words) => button(t(words), async () => {
      menu.open = false;
      try {
        await api.download(`${files}/${name()}`, name());
      } catch (error) {
        this.#tell(error.message);
      }
    });
    const one = () => this.#slides[this.#selected - 1].picture.split("/").pop();
    const menu = h("details", { class: "menu" }, h("summary", {}, t("download")),
      h("div", {}, get(() => "carousel.zip", "zip"), get(() => "carousel.pdf", "pdf"), get(one, "onePicture")));
    menu.addEventListener("focusout", (event) => {
      if (!menu.contains(event.relatedTarget)) menu.open = false;
    });
    return menu;
  }

  async #sendToChat() {
    await this.#act(async () => {
      await this.#saveUnsaved();
      const json = { revision: this.#base };
      await api.call("POST", `/v1/carousels/${this.#id}/send`, { json, key: api.newKey() });
      this.#tell(t("sent"));
    });
  }

  // Undo, and changes from elsewhere.

  #undoStack() {
    const kept = JSON.parse(own.get(`undo:${this.#id}`) ?? "null");
    return kept?.stack ?? [];
  }

  /** Notes that `revision` is the shown one from now on, so that the ones before can be restored. */
  #remember(revision) {
    const name = `undo:${this.#id}`;
    const kept = JSON.parse(own.get(name) ?? "null");
    if (kept?.base === revision) return;
    const stack = kept
      ? [...kept.stack, kept.base]
      : Array.from({ length: revision - 1 }, (_, index) => index + 1);
    own.set(name, JSON.stringify({ base: revision, stack }));
  }

  async #undo() {
    if (this.hasUnsaved()) return this.#discard();
    const stack = this.#undoStack();
    const to = stack.pop();
    if (to === undefined) return;
    const isDone = await this.#act(() => this.#change("POST", "/restore", { to }));
    if (!isDone) return;
    own.set(`undo:${this.#id}`, JSON.stringify({ base: this.#base, stack }));
    this.#renderToolbar();
  }

  /** Shows the newest revision. Unsaved words move to the slide that they were written for. */
  async #conflict() {
    const before = this.#slides;
    const unsaved = [...this.#edits];
    this.#edits.clear();
    await this.read();
    const lost = [];
    for (const [number, text] of unsaved) {
      const old = before[number - 1].text;
      const same = this.#slides.find((slide) => slide.number === number && slide.text === old) ?? this.#slides.find((slide) => slide.text === old);
      if (same) this.#edits.set(same.number, text);
      else if (this.#slides[number - 1]?.kind === before[number - 1].kind) this.#edits.set(number, text);
      else lost.push(text);
    }
    this.#render();
    const words = unsaved.length > 0 ? `${t("conflict")} ${t("conflictKept")}` : t("conflict");
    const orphans = lost.map((text) => h("pre", {}, text));
    this.#tell(words, ...(lost.length > 0 ? [h("p", {}, t("orphan")), ...orphans] : []));
  }
}
