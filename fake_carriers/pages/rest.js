// Asking the program, and saying what it answered.

export const W = JSON.parse(document.getElementById("words").textContent);
const ASK_LIMIT_MS = 5000;

export class NoAnswer extends Error {}

export class Refused extends Error { // the program's answer is no, said in the page's language
  constructor(status, detail) {
    super(say(W.refusals[status] ?? W.refusals.other, { status, detail }));
    this.status = status;
  }
}

export const $ = (id) => document.getElementById(id);
export const say = (text, facts = {}) => text.replace(/\{(\w+)\}/g, (_, key) => facts[key] ?? "–");

export function put(node, text) { // only a change: a live region would say the same again
  if (node.textContent !== String(text)) node.textContent = text;
}

const lang = document.documentElement.lang;
export const clock = (date) => date.toLocaleTimeString(lang, { hour12: false });
export const title = (name) => (name ? name.charAt(0).toUpperCase() + name.slice(1) : "–");
export const number = (n, digits = 0) => n.toLocaleString(lang, { maximumFractionDigits: digits });

export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method, headers: body && { "Content-Type": "application/json" },
      body: body && JSON.stringify(body), signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
  } catch {
    throw new NoAnswer(W.no_answer);
  }
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw new Refused(answer.status, typeof told?.detail === "string" ? told.detail : answer.statusText);
}

// Do what a button stands for, once at a time, and say beside it when that goes wrong.
export async function act(button, error, wanted) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  put(error, "");
  try {
    await wanted();
  } catch (trouble) {
    put(error, say(W.failed, { text: trouble.message }));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// Let a list on the page follow a list of facts: rows are kept, and moved only when they must.
export function follow(list, facts, key, make, fill) {
  const rows = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const wanted = facts.map((fact) => {
    const name = String(key(fact));
    const row = rows.get(name) ?? make(fact);
    row.dataset.key = name;
    fill(row, fact);
    return row;
  });
  const held = document.activeElement;
  for (const row of rows.values()) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, n) => { if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null); });
  if (held !== document.activeElement && list.contains(held)) held.focus({ preventScroll: true });
}

export const copyOf = (template) => $(template).content.firstElementChild.cloneNode(true);

// Somebody reads or is about to press something in here: nothing may slip away under the pointer.
const canHover = matchMedia("(hover: hover)").matches;
export const isHeld = (node) => node.querySelector(":focus-visible") !== null || (canHover && node.matches(":hover"));
