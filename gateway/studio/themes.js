// A choice of looks: a cover in every theme, drawn by the renderer.

import * as api from "./api.js";
import { h } from "./dom.js";

/** Covers that are drawn at once. */
const AT_ONCE = 2;

let known = null;

/** The names of all themes. */
export async function themes() {
  known ??= (await api.call("GET", "/v1/themes")).data;
  return known;
}

/** A group of radio buttons with a cover for each theme. `cover(theme)` is the body of a preview, or null for the sample. */
export class ThemeChoice {
  #images = new Map();
  #app;
  #cover;
  #round = null;

  constructor(app, legend, hint, list, chosen, cover, onchange) {
    this.#app = app;
    this.#cover = cover;
    this.list = list;
    this.value = list.some((theme) => theme.name === chosen) ? chosen : list[0].name;
    const group = `theme-${Math.random().toString(36).slice(2)}`;
    const options = list.map((theme) => {
      const image = h("img", { alt: "", width: 216, height: 270 });
      this.#images.set(theme.name, image);
      const radio = h("input", {
        type: "radio", name: group, value: theme.name, checked: theme.name === this.value,
        onchange: () => {
          this.value = theme.name;
          onchange?.(theme.name);
        },
      });
      return h("label", { class: "theme" }, radio, h("span", { class: "cover" }, image), h("span", {}, theme.name));
    });
    this.element = h("fieldset", { class: "themes" }, h("legend", {}, legend), h("p", { class: "hint" }, hint), h("div", { class: "covers" }, ...options));
  }

  /** Draws all covers again, the chosen one first. */
  async draw() {
    this.#round?.abort();
    const round = new AbortController();
    this.#round = round;
    this.#app.signal.addEventListener("abort", () => round.abort(), { once: true });
    const others = this.list.filter((theme) => theme.name !== this.value);
    const waiting = [this.list.find((theme) => theme.name === this.value), ...others];
    const one = async () => {
      for (let theme = waiting.shift(); theme && !round.signal.aborted; theme = waiting.shift()) {
        await this.#drawOne(theme, round.signal).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  }

  async #drawOne(theme, signal) {
    const image = this.#images.get(theme.name);
    const body = this.#cover(theme.name);
    const sample = async () => { image.src = await api.picture(theme.picture, "", signal); };
    if (!body) return sample();
    try {
      const blob = await api.preview(body, signal);
      if (!signal.aborted) await api.show(image, blob);
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      await sample();
    }
  }
}
