// The screen of the brand: what the author's slides show, with a picture of it.

import * as api from "./api.js";
import { Latest, button, h, say } from "./dom.js";
import { ThemeChoice, themes } from "./themes.js";
import { language, t } from "./words.js";

const PATH = "/v1/brand";

export async function screen(app) {
  const brand = await api.call("GET", PATH, { signal: app.signal });
  const handle = h("input", { id: "handle", maxlength: 30, value: brand.handle ?? "", autocomplete: "off" });
  const name = h("input", { id: "name", maxlength: 60, value: brand.name ?? "", autocomplete: "off" });
  const hasAccent = h("input", { type: "checkbox", id: "has-accent", checked: Boolean(brand.accent) });
  const accent = h("input", { type: "color", id: "accent", value: brand.accent ?? "#4a3cc9", "aria-label": t("accent") });
  const picture = h("input", { type: "file", id: "picture", accept: "image/jpeg,image/png" });
  const remove = button(t("removePicture"), () => removePicture(), { hidden: !brand.picture, class: "quiet" });
  const sample = h("img", { alt: t("brandSample"), class: "sample" });
  const error = h("p", { class: "error", role: "alert" });
  const save = h("button", { type: "submit", class: "main" }, t("save"));
  const drawing = new Latest();
  const values = () => ({ handle: handle.value.trim() || null, name: name.value.trim() || null, accent: hasAccent.checked ? accent.value : null });
  const body = (theme) => ({ topic: t("brandTopic"), theme, language: language(), brand: values() });
  const choice = new ThemeChoice(app, t("theme"), t("brandSample"), await themes(), "aurora", body, () => draw());

  function draw() {
    void drawing.run(async () => {
      try {
        await api.show(sample, await api.preview(body(choice.value), app.signal));
        error.textContent = "";
      } catch (problem) {
        if (problem.name !== "AbortError") error.textContent = problem.message;
      }
    });
  }

  async function attempt(task) {
    error.textContent = "";
    save.disabled = true;
    try {
      await task();
      say(t("brandSaved"));
      draw();
    } catch (problem) {
      if (problem.name !== "AbortError") error.textContent = problem.message;
    } finally {
      save.disabled = false;
    }
  }

  const removePicture = () => attempt(async () => {
    await api.call("DELETE", `${PATH}/picture`);
    remove.hidden = true;
  });

  picture.addEventListener("change", () => attempt(async () => {
    const [file] = picture.files;
    if (!file) return;
    await api.send("PUT", `${PATH}/picture`, { body: file, type: file.type });
    remove.hidden = false;
  }));
  for (const field of [handle, name, hasAccent, accent]) {
    field.addEventListener("input", () => {
      if (field === accent) hasAccent.checked = true;
      draw();
    });
  }
  draw();
  void choice.draw();

  const submit = (event) => {
    event.preventDefault();
    void attempt(async () => {
      await api.call("PUT", PATH, { json: values() });
      void choice.draw();
    });
  };
  const content = h("form", { class: "brand", onsubmit: submit }, h("h1", {}, t("brandTitle")),
    h("div", { class: "columns" },
      h("div", { class: "fields" },
        h("label", { for: "handle" }, t("handle")), h("div", {}, handle, h("p", { class: "hint" }, t("handleHint"))),
        h("label", { for: "name" }, t("brandName")), name,
        h("label", { for: "has-accent" }, t("accent")), h("div", { class: "row" }, h("label", { class: "check" }, hasAccent, t("ownAccent")), accent),
        h("label", { for: "picture" }, t("brandPicture")), h("div", { class: "row" }, picture, remove),
        h("div", {}, save, error)),
      sample),
    choice.element);
  return { title: t("brand"), content };
}
