// The screen with all carousels of the account.

import * as api from "./api.js";
import { button, h, own, settled } from "./dom.js";
import { t, when } from "./words.js";

const PAGE = 20;

export async function screen(app) {
  const search = h("input", { type: "search", id: "search", maxlength: 200, value: own.get("search") ?? "" });
  const list = h("ul", { class: "history" });
  const nothing = h("div", { class: "nothing" });
  const more = button(t("moreHistory"), () => load(false), { hidden: true });
  let cursor = null;
  let round = 0;

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      void api.picture(target.dataset.path, target.dataset.version, app.signal).then((address) => { target.src = address; }, () => {});
    }
  });

  function row(carousel) {
    const cover = h("img", { alt: "", width: 72, height: 90 });
    if (carousel.status === "delivered") {
      const ending = carousel.request.image === "png" ? "png" : "jpg";
      cover.dataset.path = `/v1/carousels/${carousel.id}/files/slide-01.${ending}`;
      cover.dataset.version = `${carousel.revision}`;
      seen.observe(cover);
    }
    const state = carousel.status === "in_progress" ? carousel.stage ?? "accepted" : carousel.status;
    return h("li", {}, h("a", { href: `/studio/carousels/${encodeURIComponent(carousel.id)}` }, cover,
      h("span", { class: "topic" }, carousel.request?.topic ?? carousel.id),
      h("span", { class: `badge ${state}` }, t(state)), h("time", { datetime: carousel.created_at }, when(carousel.created_at))));
  }

  async function load(isFirst) {
    const current = (round += 1);
    const words = search.value.trim();
    own.set("search", words);
    const query = new URLSearchParams({ limit: PAGE, ...(words && { search: words }), ...(!isFirst && cursor && { cursor }) });
    const page = await api.call("GET", `/v1/carousels?${query}`, { signal: app.signal });
    if (current !== round) return;
    if (isFirst) list.replaceChildren();
    list.append(...page.data.map(row));
    cursor = page.next_cursor;
    more.hidden = !cursor;
    const isEmpty = list.childElementCount === 0 && !cursor;
    nothing.replaceChildren(...(!isEmpty ? [] : words ? [t("nothingFound")] : [h("p", {}, t("nothingYet")), h("a", { href: "/studio", class: "button main" }, t("firstOne"))]));
  }

  search.addEventListener("input", settled(250, () => void load(true).catch(() => {})));
  await load(true);
  const content = h("section", { class: "history-screen" }, h("h1", {}, t("history")),
    h("label", { for: "search", class: "hidden" }, t("search")), search, list, nothing, more);
  search.placeholder = t("search");
  return { title: t("history"), content };
}
