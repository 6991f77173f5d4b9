// Small helpers for the page: elements, messages, dialogs.

/** An element. Attributes that start with `on` are listeners; `false` and `null` attributes are left out. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Says something to everyone, also to a screen reader. */
export function say(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  // A changed text is read out; the same text is not, unless it vanished before.
  requestAnimationFrame(() => (status.textContent = text));
}

/** A button. */
export function button(label, onclick, attributes) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

/** A modal dialog with a heading, which closes by its button, by Escape or by `close()`. */
export function dialog(title, closeLabel, ...content) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = button("×", () => box.close(), { class: "close", "aria-label": closeLabel });
  const box = h("dialog", { "aria-labelledby": "dialog-title" }, h("div", { class: "dialog-head" }, heading, close), ...content);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

/** Runs one task at a time. Of those that are asked for meanwhile, only the last one runs; then `run` returns true. */
export class Latest {
  #waiting = null;
  #isRunning = false;

  async run(task) {
    this.#waiting = task;
    if (this.#isRunning) return false;
    this.#isRunning = true;
    try {
      while (this.#waiting) {
        const next = this.#waiting;
        this.#waiting = null;
        await next();
      }
      return true;
    } finally {
      this.#isRunning = false;
    }
  }
}

/** Calls `task` once nothing was asked for `milliseconds`. */
export function settled(milliseconds, task) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(task, milliseconds);
  };
}

export const sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("left the page", "AbortError"));
    }, { once: true });
  });

/** Storage of this browser; without permission for it, of this page. */
function storage(name) {
  const memory = new Map();
  const kept = () => {
    try { return window[name]; } catch { return null; }
  };
  return {
    get: (key) => {
      try { return kept()?.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; }
    },
    set: (key, value) => {
      memory.set(key, value);
      try { kept()?.setItem(key, value); } catch { /* It is in memory. */ }
    },
    remove: (key) => {
      memory.delete(key);
      try { kept()?.removeItem(key); } catch { /* It is in memory. */ }
    },
  };
}

/** What all tabs share. */
export const shared = storage("localStorage");
/** What belongs to this tab. */
export const own = storage("sessionStorage");
