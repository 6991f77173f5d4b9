// Calls of the HTTP API with the token of this browser. docs/api/http.md describes the API.

import { own, shared, sleep } from "./dom.js";
import { language, t } from "./words.js";

const TOKEN = "token";
/** How long a call is repeated while the server can't be reached. */
const PATIENCE = 120_000;

/** Listeners of `connection`: false while the server can't be reached. */
export const connection = new EventTarget();

/** An answer that is an error. `name` is the end of its `type`. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? t("serverError"));
    this.status = status;
    this.kind = String(body.type ?? "").split(":").pop();
    this.body = body;
  }
}

export const token = () => shared.get(TOKEN);
export const setToken = (text) => shared.set(TOKEN, text);
export const forgetToken = () => shared.remove(TOKEN);

/** A key that makes repeated calls one request. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The key for this body: the same one until `done`, also after a reload of the page. */
export function keyFor(what, body) {
  const name = `key:${what}`;
  const kept = JSON.parse(own.get(name) ?? "null");
  const text = JSON.stringify(body);
  if (kept?.text === text) return { key: kept.key, done: () => own.remove(name) };
  const key = newKey();
  own.set(name, JSON.stringify({ text, key }));
  return { key, done: () => own.remove(name) };
}

/** The answer to a call. Calls that may be repeated are repeated until the server can be reached. */
export async function send(method, path, { json, body, key, type, signal, headers, once } = {}) {
  const isRepeatable = !once && (method === "GET" || method === "DELETE" || method === "PUT" || key !== undefined);
  const all = { "Accept-Language": language(), ...headers };
  if (token()) all.Authorization = `Bearer ${token()}`;
  if (json !== undefined) all["Content-Type"] = "application/json";
  if (type) all["Content-Type"] = type;
  if (key) all["Idempotency-Key"] = key;
  const options = { method, headers: all, body: json === undefined ? body : JSON.stringify(json), signal, cache: "no-cache" };
  const begun = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    let response = null;
    try {
      response = await fetch(path, options);
    } catch (error) {
      if (signal?.aborted) throw error;
    }
    const isDown = response === null || [502, 503, 504].includes(response.status);
    const isAgain = isDown || response.status === 429;
    report(!isDown);
    if (isAgain && isRepeatable && Date.now() - begun < PATIENCE) {
      const wait = Number(response?.headers.get("Retry-After") ?? 0);
      if (wait < 60) {
        await sleep(Math.max(wait * 1000, Math.min(300 * 2 ** attempt, 3000)), signal);
        continue;
      }
    }
    if (response === null) throw new Problem(0, { detail: t("noServer") });
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    if (response.status === 401 && !once) {
      forgetToken();
      window.dispatchEvent(new Event("signed-out"));
    }
    throw new Problem(response.status, answer);
  }
}

/** The JSON answer to a call. */
export async function call(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

let wasReached = true;
function report(isReached) {
  if (isReached !== wasReached) {
    wasReached = isReached;
    connection.dispatchEvent(new CustomEvent("change", { detail: isReached }));
  }
}

/** Pictures that were loaded, the last ones used last. */
const pictures = new Map();
const PICTURES = 80;

/** The address of a picture of the API. A picture with the same `version` is loaded once. */
export async function picture(path, version, signal) {
  const name = `${path} ${version}`;
  const known = pictures.get(name);
  if (known) {
    pictures.delete(name);
    pictures.set(name, known);
    return known;
  }
  const response = await send("GET", path, { signal });
  const address = URL.createObjectURL(await response.blob());
  pictures.set(name, address);
  if (pictures.size > PICTURES) {
    const [oldest] = pictures.keys();
    URL.revokeObjectURL(pictures.get(oldest));
    pictures.delete(oldest);
  }
  return address;
}

/** A picture that the renderer draws of what is not saved. */
export async function preview(json, signal) {
  const response = await send("POST", "/v1/previews", { json, signal });
  return response.blob();
}

/** Shows a blob in an image, and forgets the one before. */
export async function show(image, blob) {
  const address = URL.createObjectURL(blob);
  const before = image.dataset.blob;
  image.src = address;
  image.dataset.blob = address;
  if (before) URL.revokeObjectURL(before);
  await image.decode().catch(() => {});
}

/** Saves a file of the API on this device. */
export async function download(path, name) {
  const blob = await (await send("GET", path)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The events of a carousel's progress, until nothing more comes. A broken stream continues where it was. */
export async function* progress(id, signal) {
  let last = "0";
  for (;;) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": last };
    const response = await send("GET", `/v1/carousels/${id}/progress`, { headers, signal });
    if (response.status === 204) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const parts = text.split("\n\n");
        text = parts.pop();
        for (const part of parts) {
          const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
          if (fields.id) last = fields.id;
          if (fields.data) yield JSON.parse(fields.data);
        }
      }
    } catch (error) {
      if (signal?.aborted) throw error;
    }
    await sleep(300, signal);
  }
}
