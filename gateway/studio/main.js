// The frame of the studio: signing in, the header, and which screen is shown.

import * as api from "./api.js";
import { button, h, own, say } from "./dom.js";
import { language, setLanguage, t } from "./words.js";

const SCREENS = [
  [/^\/studio\/?$/, () => import("./create.js")],
  [/^\/studio\/carousels\/([^/]+)$/, () => import("./carousel.js")],
  [/^\/studio\/history$/, () => import("./history.js")],
  [/^\/studio\/brand$/, () => import("./brand.js")],
];

/** What every screen gets: the session, how to go elsewhere, and a signal that ends with the screen. */
const app = {
  session: null,
  signal: null,
  /** Asks a screen whether it may be left; replaced by screens with unsaved words. */
  mayLeave: () => true,
  go,
};
let controller = new AbortController();

function go(path) {
  if (!app.mayLeave()) return;
  app.mayLeave = () => true;
  history.pushState(null, "", path);
  shownPath = path;
  void show();
}

function header() {
  const link = (path, name) =>
    h("a", { href: path, "aria-current": location.pathname === path ? "page" : null }, t(name));
  const main = document.getElementById("main");
  const skip = button(t("skip"), () => main.focus(), { class: "skip" });
  const tongue = button(t("otherLanguage"), switchLanguage, { class: "quiet", lang: language() === "en" ? "ru" : "en" });
  const pages = app.session
    ? h("nav", {}, link("/studio", "create"), link("/studio/history", "history"), link("/studio/brand", "brand"))
    : null;
  const out = app.session ? button(t("signOut"), signOut, { class: "quiet" }) : null;
  const name = h("a", { href: "/studio", class: "name" }, h("img", { src: "/studio/assets/icon.svg", alt: "", width: 24, height: 24 }), "Bible VibeCoder");
  document.getElementById("header").replaceChildren(skip, name, ...(pages ? [pages] : []), h("div", { class: "tools" }, tongue, out));
}

function switchLanguage() {
  if (!app.mayLeave()) return;
  app.mayLeave = () => true;
  setLanguage(language() === "en" ? "ru" : "en");
  void show();
}

async function signOut() {
  if (!app.mayLeave()) return;
  app.mayLeave = () => true;
  await api.call("DELETE", "/v1/session").catch(() => {});
  api.forgetToken();
  app.session = null;
  signIn(t("signedOut"));
}

function signIn(message) {
  controller.abort();
  app.session = null;
  header();
  const title = h("h1", { tabindex: "-1" }, t("signInTitle"));
  document.title = `${t("signInTitle")} · Bible VibeCoder`;
  document.getElementById("main").replaceChildren(
    h("section", { class: "card narrow" }, title, message ? h("p", { role: "alert" }, message) : null, h("p", {}, t("signInHow")), h("p", { class: "hint" }, t("signInLocal"))),
  );
  title.focus();
}

let shownPath = location.pathname;

async function show() {
  controller.abort();
  controller = new AbortController();
  app.signal = controller.signal;
  header();
  const main = document.getElementById("main");
  const path = location.pathname;
  shownPath = path;
  const found = SCREENS.map(([pattern, screen]) => [path.match(pattern), screen]).find(([match]) => match);
  if (!found) return go("/studio");
  const [match, load] = found;
  main.replaceChildren(h("p", { class: "loading" }, t("loading")));
  try {
    const { screen } = await load();
    const { title, content } = await screen(app, match[1] && decodeURIComponent(match[1]));
    if (location.pathname !== path || app.signal.aborted) return;
    document.title = `${title} · Bible VibeCoder`;
    main.replaceChildren(content);
    const heading = main.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    scrollTo(0, 0);
  } catch (error) {
    if (error.name === "AbortError" || !app.session) return;
    main.replaceChildren(h("section", { class: "card narrow" }, h("h1", {}, error.status === 404 ? t("notFound") : error.message), h("a", { href: "/studio/history" }, t("history"))));
  }
}

/** Exchanges the code of a link for a token. */
async function newSession() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  // One press of a link can load the page twice; a code is good for one session.
  if (own.get("code") === code && api.token()) return;
  api.forgetToken();
  const made = await api.call("POST", "/v1/sessions", { json: { code }, once: true });
  own.set("code", code);
  api.setToken(made.token);
}

async function start() {
  setLanguage(language());
  try {
    await newSession();
    if (!api.token()) return signIn();
    app.session = await api.call("GET", "/v1/session");
  } catch (error) {
    return signIn(error.status === 401 ? t("signInFailed") : error.message);
  }
  await show();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/studio']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});

window.addEventListener("popstate", () => {
  if (location.pathname === shownPath) return;
  if (!app.mayLeave()) return history.pushState(null, "", shownPath);
  app.mayLeave = () => true;
  void show();
});
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#code=")) location.reload();
});
window.addEventListener("signed-out", () => signIn(t("signInFailed")));
window.addEventListener("beforeunload", (event) => {
  if (app.hasUnsaved?.()) event.preventDefault();
});

api.connection.addEventListener("change", ({ detail: isReached }) => {
  document.getElementById("connection").textContent = isReached ? "" : t("offline");
  if (isReached) say(t("online"));
});

void start();
