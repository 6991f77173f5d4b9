// The screen of one carousel: its progress, its outline, its slides.

import * as api from "./api.js";
import { button, dialog, h, own, say, sleep } from "./dom.js";
import { Editor } from "./editor.js";
import { clock, t, when } from "./words.js";

/** How often the state is read: while it is being made, and afterwards, for changes of other tabs. */
const MAKING_PAUSE = 500;
const FINISHED_PAUSE = 3000;

/** The facts that end a step. */
const FACTS = {
  "carousel.generate.requested": "accepted",
  "carousel.slides.generated": "writing",
  "carousel.images.rendered": "drawing",
  "carousel.completed": "delivered",
};

export async function screen(app, id) {
  const shown = new CarouselScreen(app, id);
  await shown.read();
  void shown.follow();
  return { title: shown.topic(), content: shown.element };
}

/** What the screen shows in this state. */
function phaseOf(view) {
  if (view.status === "delivered" || view.status === "unknown") return "finished";
  if (view.status === "failed" || view.status === "cancelled") return "ended";
  return view.stage === "reviewing" ? "outline" : "making";
}

class CarouselScreen {
  #app;
  #id;
  #view = null;
  #phase = null;
  #editor = null;
  /** When each step ended. */
  #ends = new Map();

  constructor(app, id) {
    this.#app = app;
    this.#id = id;
    this.title = h("h1", {});
    this.state = h("div", { class: "state" });
    this.body = h("div", {});
    this.element = h("section", { class: "carousel" }, h("div", { class: "carousel-head" }, this.title, this.state), this.body);
    app.hasUnsaved = () => this.#editor?.hasUnsaved() ?? false;
    app.mayLeave = () => {
      const may = !app.hasUnsaved() || confirm(t("leave"));
      if (may) app.hasUnsaved = null;
      return may;
    };
  }

  topic() {
    return this.#view.request?.topic ?? this.#id;
  }

  async read() {
    this.#view = await api.call("GET", `/v1/carousels/${this.#id}`, { signal: this.#app.signal });
    const phase = phaseOf(this.#view);
    this.title.textContent = this.topic();
    if (phase === this.#phase) {
      this.#showState();
      await this.#editor?.follow(this.#view);
      return;
    }
    const before = this.#phase;
    this.#phase = phase;
    this.#showState();
    if (phase === "outline" || phase === "finished") {
      const editor = new Editor(this.#app, this.#id, phase === "outline", this.#view, () => this.read());
      await editor.read();
      this.#editor = editor;
      this.body.replaceChildren(editor.element);
    } else {
      this.#editor = null;
      this.body.replaceChildren(...(phase === "ended" ? [this.#again()] : []));
    }
    if (before) say(`${this.topic()}: ${t(this.#name())}`);
  }

  /** Reads the state until the screen is left. */
  async follow() {
    void this.#followFacts().catch(() => {});
    try {
      for (;;) {
        await sleep(this.#phase === "making" ? MAKING_PAUSE : FINISHED_PAUSE, this.#app.signal);
        if (this.#phase === "ended") return;
        if (document.visibilityState === "hidden") continue;
        await this.read();
      }
    } catch (error) {
      if (error.name !== "AbortError" && this.#app.session) {
        this.state.replaceChildren(h("p", { class: "error", role: "alert" }, error.message));
      }
    }
  }

  async #followFacts() {
    for await (const fact of api.progress(this.#id, this.#app.signal)) {
      const step = FACTS[fact.type];
      if (step && !this.#ends.has(step)) this.#ends.set(step, fact.time);
      this.#showState();
    }
  }

  /** The name of the state, in words.js. */
  #name() {
    const { status, stage } = this.#view;
    return status === "in_progress" ? stage ?? "accepted" : status;
  }

  #showState() {
    const name = this.#name();
    const isOpen = this.#phase === "making" || this.#phase === "outline";
    const cancel = isOpen ? button(t("cancel"), () => this.#cancel(), { class: "quiet" }) : null;
    const message = this.#view.message ? h("p", { class: "message" }, this.#view.message) : null;
    const key = JSON.stringify([name, this.#view.message, [...this.#ends]]);
    if (this.state.dataset.key === key) return;
    this.state.dataset.key = key;
    if (!isOpen) {
      this.state.replaceChildren(h("p", { class: `badge ${name}` }, t(name)), h("span", { class: "hint" }, when(this.#view.created_at)), ...(message ? [message] : []));
      return;
    }
    const steps = ["accepted", "writing", ...(name === "reviewing" ? ["reviewing"] : []), "drawing", "delivered"];
    const at = steps.indexOf(name);
    const items = steps.map((step, index) => {
      const isDone = index < at || this.#ends.has(step);
      const isCurrent = index === at;
      const ended = this.#ends.get(step);
      return h("li", { class: isDone ? "done" : isCurrent ? "current" : "", "aria-current": isCurrent ? "step" : null },
        t(step), isDone ? h("span", { class: "hidden" }, ` (${t("doneStep")})`) : null,
        ended ? h("time", { datetime: ended }, clock(ended)) : null);
    });
    this.state.replaceChildren(h("ol", { class: "steps" }, ...items), ...(message ? [message] : []), ...(cancel ? [cancel] : []));
  }

  #cancel() {
    const yes = button(t("cancel"), async () => {
      box.close();
      try {
        await api.call("POST", `/v1/carousels/${this.#id}/cancel`, { key: api.newKey() });
        await this.read();
      } catch (error) {
        say(error.message);
      }
    }, { class: "main danger" });
    const box = dialog(t("cancelQuestion"), t("close"), h("div", { class: "row" }, yes, button(t("cancelAction"), () => box.close())));
  }

  #again() {
    return button(t("again"), () => {
      const { topic, theme, format, slides, language } = this.#view.request ?? {};
      own.set("request", JSON.stringify({ words: topic ?? "", theme, format, slides, language }));
      this.#app.go("/studio");
    }, { class: "main" });
  }
}
