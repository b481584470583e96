// What went through: the last messages, the last PDUs; and the magic numbers.
import { $, W, act, ask, clock, copyOf, follow, isHeld, number, put, say, title } from "/page/rest.js";
import { show } from "/page/phones.js";

const KEPT = 60; // rows drawn
const LOOKED = 400; // parts looked at: the longest message (255 parts) and what came beside it
const WIDE = 16; // octets on a line of hex

function shown(list, facts, key, make, fill) { // nothing slips away from under the pointer
  const held = isHeld(list) && list.childElementCount > 0;
  const drawn = new Set([...list.children].map((row) => row.dataset.key));
  const chosen = held ? facts.filter((fact) => drawn.has(String(key(fact)))) : facts;
  if (held && chosen.length < list.childElementCount) chosen.forEach((fact) => fill(rowOf(list, key(fact)), fact));
  else follow(list, chosen, key, make, fill);
  list.parentElement.querySelector(".none").hidden = list.childElementCount > 0;
  $("held").classList.toggle("on", isHeld($("messages")) || isHeld($("pdus")));
}

const rowOf = (list, key) => [...list.children].find((row) => row.dataset.key === String(key));

// ---- messages

// The parts of one message are one row. REST tells no reference: parts of one message share their drawn delay too.
function joined(parts) { // oldest first
  const messages = [], open = new Map();
  for (const part of parts) {
    const key = JSON.stringify([part.door, part.carrier, part.from, part.to, part.parts, part.drawn_s]);
    let message = part.parts > 1 ? open.get(key) : undefined;
    if (!message || message.pieces.has(part.part)) {
      message = { ...part, pieces: new Map() };
      messages.push(message);
      open.set(key, message);
    }
    message.pieces.set(part.part, part);
  }
  const isCut = parts.length === LOOKED && messages.length > 1 && messages[0].pieces.size < messages[0].parts;
  return isCut ? messages.slice(1) : messages; // the rest of the oldest is further back
}

const piecesOf = ({ pieces }) => [...pieces.values()].sort((one, other) => one.part - other.part);

function stateOf(message) { // of the whole: delivered when every part is
  const states = piecesOf(message).map(({ state }) => state);
  return states.find((state) => state === "ENROUTE") ?? states.find((state) => state !== "DELIVRD") ?? "DELIVRD";
}

function makeMessage(message) {
  const row = copyOf("message-row"), to = row.querySelector(".to");
  put(to, message.to);
  to.onclick = () => act(to, $("find-error"), () => show(message.to));
  return row;
}

function fillMessage(row, message) {
  const shown = row.querySelector(".state"), state = stateOf(message), n = message.pieces.size;
  put(shown, W.states[state] ?? state);
  shown.title = state;
  shown.className = `state ${state}`;
  put(row.querySelector(".text"), piecesOf(message).map(({ text }) => text).join(""));
  put(row.querySelector(".facts"), [
    clock(new Date(message.submitted_at * 1000)), title(message.carrier), `${W.from_col} ${message.from}`,
    message.parts > 1 && say(n < message.parts ? W.incomplete : W.whole, { n, parts: message.parts }),
  ].filter(Boolean).join(" · "));
  put(row.querySelector(".drawn"), message.drawn_s === null ? "" : say(W.drawn, { s: number(message.drawn_s, 1) }));
}

// ---- PDUs

function hex(octets) {
  const lines = octets.match(new RegExp(`.{1,${2 * WIDE}}`, "g")) ?? [];
  return lines.map((line, n) => {
    const pairs = line.match(/../g);
    const text = pairs.map((pair) => String.fromCharCode(parseInt(pair, 16)).replace(/[^ -~]/, "·")).join("");
    const words = pairs.join("").replace(/.{8}(?=.)/g, "$& ");
    return `${(n * WIDE).toString(16).padStart(4, "0")}  ${words.padEnd(2 * WIDE + 3)}  ${text}`;
  }).join("\n");
}

function makePdu(pdu) {
  const row = copyOf("pdu-row"), status = row.querySelector(".status");
  put(row.querySelector(".way"), pdu.direction === "in" ? `→ ${W.in}` : `← ${W.out}`);
  row.querySelector(".way").classList.add(pdu.direction);
  put(row.querySelector(".command"), pdu.command);
  put(status, pdu.status === "ROK" && !pdu.command.endsWith("_resp") ? "" : pdu.status);
  status.classList.toggle("bad", pdu.status !== "ROK");
  const facts = [title(pdu.carrier), say(W.sequence, pdu), clock(new Date(pdu.at * 1000))];
  put(row.querySelector(".facts"), facts.join(" · "));
  row.querySelector("details").ontoggle = () => put(row.querySelector("pre"), hex(pdu.octets));
  return row;
}

// ---- magic numbers

function makeMagic({ number: magic, what }) {
  const row = copyOf("magic-row"), to = document.createElement("button");
  to.type = "button";
  to.className = "to";
  put(to, magic);
  to.onclick = () => act(to, $("find-error"), () => show(magic));
  row.querySelector(".numbers").append(to);
  put(row.querySelector(".what"), W.magic_what?.[magic.slice(-2)] ?? what);
  return row;
}

function howMade(all, own) {
  const begins = new Map(all.map(({ carrier, number: magic }) => [carrier, `${magic.slice(0, 5)} 9900 …`]));
  begins.delete(own);
  const others = [...begins].map(([carrier, begin]) => `${title(carrier)} ${begin}`).join(", ");
  return others && say(W.magic_made, { carrier: title(own), others });
}

// ---- the tabs

const tabs = [...document.querySelectorAll("[role=tab]")];
const isOpen = (name) => !$(`${name}-panel`).hidden;

function open(chosen) {
  for (const tab of tabs) {
    const isIt = tab === chosen;
    tab.setAttribute("aria-selected", isIt);
    tab.tabIndex = isIt ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !isIt;
  }
  lookAtTraffic().catch(() => {}); // the next look tells
}

for (const [n, tab] of tabs.entries()) {
  tab.onclick = () => open(tab);
  tab.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(n + step + tabs.length) % tabs.length];
    next.focus();
    open(next);
  };
}

export async function lookAtTraffic() {
  if (isOpen("messages")) {
    const messages = joined(await ask("GET", `/messages?limit=${LOOKED}`)).slice(-KEPT);
    shown($("messages"), messages.reverse(), ({ id, to }) => `${id} ${to}`, makeMessage, fillMessage);
  }
  if (isOpen("pdus")) {
    const pdus = await ask("GET", `/pdus?limit=${KEPT}`);
    shown($("pdus"), pdus.reverse(), ({ n }) => n, makePdu, () => {});
  }
  if (isOpen("magic") && !$("magic").childElementCount) {
    const all = await ask("GET", "/magic"); // each carrier has the same ones
    const own = all.filter(({ carrier }) => carrier === all[0].carrier);
    follow($("magic"), own, (magic) => magic.number, makeMagic, () => {});
    if (own.length) put($("magic-made"), howMade(all, own[0].carrier));
  }
}
