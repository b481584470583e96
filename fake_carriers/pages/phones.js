// The phones: what a caller would see, and what a tester may do to the phone.
import { $, Refused, W, act, ask, copyOf, follow, isHeld, put, say, title } from "/page/rest.js";
import { askCall, askWrite } from "/page/dialogs.js";

const HEARD = 12; // phones drawn, those last heard of first
const SCREEN_MAX = 50; // messages that a phone keeps: then its number of messages tells no change
const E164 = /^\+[0-9]{8,15}$/;
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/;

let order = []; // the numbers, as they are drawn
let found = null; // the number that was asked for stays first
const known = new Map(); // number -> the phone with its screen
const path = (phone) => `/handsets/${encodeURIComponent(phone)}`;

const explained = (status, words, facts) => (error) => { // why just this was refused
  throw error instanceof Refused && error.status === status ? new Error(say(words, facts)) : error;
};

// ---- drawing

function written(text) { // a link is underlined, all else is plain text
  return text.split(LINK).map((piece, n) => {
    if (n % 2 === 0) return piece;
    const link = document.createElement("a");
    Object.assign(link, { href: piece, target: "_blank", rel: "noopener noreferrer", textContent: piece });
    return link;
  });
}

function makeSms(sms) {
  const row = copyOf("sms-row"), at = new Date(sms.at * 1000);
  put(row.querySelector(".from"), sms.from);
  const when = { hour: "2-digit", minute: "2-digit", hour12: false };
  put(row.querySelector("time"), at.toLocaleTimeString(document.documentElement.lang, when));
  row.querySelector("time").dateTime = at.toISOString();
  const text = row.querySelector(".text");
  if (sms.binary === undefined) text.append(...written(sms.text));
  else text.append(say(W.binary, { n: sms.binary.length / 2 }), document.createElement("br"), sms.binary);
  text.classList.toggle("octets", sms.binary !== undefined);
  return row;
}

function makePhone(phone) {
  const row = copyOf("phone-row"), error = row.querySelector(".error");
  const on = (key, wanted) => {
    const button = row.querySelector(`.${key}`);
    button.onclick = () => act(button, error, wanted);
    button.setAttribute("aria-label", `${button.textContent}, ${phone.number}`);
  };
  const change = async (body) => {
    known.set(phone.number, await ask("PUT", path(phone.number), body).catch(explained(409, W.not_attached, phone)));
    draw();
  };
  const now = () => known.get(phone.number);
  put(row.querySelector("h3"), phone.number);
  row.querySelector(".screen").setAttribute("aria-label", say(W.screen, phone));
  on("power", () => change({ power: now().power === "on" ? "off" : "on" }));
  on("coverage", () => change({ coverage: !now().coverage }));
  on("write", () => askWrite(phone.number, now().screen.at(-1)?.from));
  on("call", () => askCall(phone.number));
  return row;
}

function fillPhone(row, phone) {
  const isOn = phone.power === "on";
  put(row.querySelector(".net"), [title(phone.carrier), phone.attached && W.attached].filter(Boolean).join(" · "));
  put(row.querySelector(".signal"), isOn && !phone.coverage ? W.no_coverage : "");
  row.querySelector(".signal").classList.toggle("bars", isOn && phone.coverage);
  row.classList.toggle("off", !isOn);
  row.querySelector(".power").setAttribute("aria-checked", isOn);
  row.querySelector(".coverage").setAttribute("aria-checked", phone.coverage);
  put(row.querySelector(".waits"), phone.waiting ? say(W.waiting_for_phone, { n: phone.waiting }) : "");
  put(row.querySelector(".dark"), isOn ? (phone.screen.length ? "" : W.empty) : W.off);
  const screen = row.querySelector(".screen"), newest = screen.lastElementChild;
  follow(screen, phone.screen, (sms) => sms.message_id, makeSms, () => {});
  if (screen.lastElementChild !== newest) screen.scrollTop = screen.scrollHeight;
}

function draw() {
  const drawn = order.map((each) => known.get(each)).filter(Boolean);
  $("no-phones").hidden = drawn.length > 0;
  follow($("phones"), drawn, (phone) => phone.number, makePhone, fillPhone);
}

// ---- following

async function look(heard) {
  const { screen, ...last } = known.get(heard.number) ?? {};
  if (screen && heard.shown < SCREEN_MAX && JSON.stringify(last) === JSON.stringify(heard)) return;
  known.set(heard.number, await ask("GET", path(heard.number)));
}

export async function lookAtPhones() {
  const heard = await ask("GET", `/handsets?limit=${HEARD}`);
  const numbers = heard.map((phone) => phone.number).filter((each) => each !== found);
  if (found) numbers.unshift(found);
  // while somebody is at the phones they stay where they are, and new ones come last
  const stay = isHeld($("phones")) ? order.slice(0, 2 * HEARD) : [];
  order = [...stay, ...numbers.filter((each) => !stay.includes(each))];
  const told = new Map(heard.map((phone) => [phone.number, phone]));
  await Promise.all(order.map((each) => look(told.get(each) ?? { number: each, shown: SCREEN_MAX })));
  for (const each of known.keys()) if (!order.includes(each)) known.delete(each);
  draw();
}

export async function show(phone) { // bring this one to the front
  known.set(phone, await ask("GET", path(phone)).catch(explained(404, W.no_carrier, { number: phone })));
  found = phone;
  order = [phone, ...order.filter((each) => each !== phone)];
  draw();
  const row = $("phones").firstElementChild;
  row.scrollIntoView({ block: "nearest", inline: "nearest" });
  row.querySelector(".screen").focus({ preventScroll: true });
}

$("find").noValidate = true; // the page says it itself
$("find").onsubmit = (event) => {
  event.preventDefault();
  const asked = $("find-number").value.replace(/[\s-]/g, "");
  act($("find").querySelector("button"), $("find-error"), async () => {
    if (!E164.test(asked)) throw new Error(W.no_number);
    await show(asked);
  });
};
