// The three dialogs: begin a mood, write a message, ring. What is typed stays until it has worked.
import { $, W, act, ask, put, say, title } from "/page/rest.js";

const MOODS = { // what is asked, and the fields that go with it
  silent: { kind: "outage", how: "silent", fields: ["swallowed"] },
  refuse: { kind: "outage", how: "refuse", fields: [] },
  drop: { kind: "outage", how: "drop", fields: [] },
  slow: { kind: "slow", fields: ["response_s"] },
  throttled: { kind: "throttled", fields: ["rate_per_s"] },
  queue_full: { kind: "queue_full", fields: [] },
  loss: { kind: "loss", fields: ["share"] },
  duplicates: { kind: "duplicates", fields: ["share", "after_s"] },
  malformed: { kind: "malformed", fields: ["how", "share"] },
};
const SAID_MS = 8000;
const WORDS = ["swallowed", "how"]; // fields that are words, not numbers
const MOOD_FIELDS = ["swallowed", "how", "response_s", "rate_per_s", "share", "after_s"];

let about = null; // the carrier or number that the open dialog is about
let wake = () => {}; // look again now
export const whenDone = (look) => { wake = look; };

function tell(said) {
  put($("said"), said);
  setTimeout(() => { if ($("said").textContent === said) put($("said"), ""); }, SAID_MS);
}

function wrong(field) { // what a field needs, in the page's language; "" when it has it
  const { value, validity, min, max: most, dataset, labels } = field;
  const say_of = (words) => say(words, { field: labels?.[0]?.textContent.trim(), min, most });
  if (field.type !== "number") {
    if (validity.patternMismatch) return field.title;
    return validity.valid ? "" : say_of(W.wrong.empty);
  }
  if (validity.valid && (value === "" || !dataset.above || Number(value) > Number(dataset.above))) return "";
  return say_of(dataset.above ? (most ? W.wrong.above_most : W.wrong.above) : W.wrong.between);
}

function complaint(form) { // about the first field that is wrong, which gets the focus
  for (const field of form.querySelectorAll("input:enabled, textarea:enabled")) {
    const said = wrong(field);
    if (!said) continue;
    field.focus();
    return said;
  }
  return "";
}

// `wanted(form's fields)` answers what to say; null: the dialog stays open
function dialog(id, wanted) {
  const box = $(id), form = box.querySelector("form"), error = box.querySelector(".error");
  form.noValidate = true; // the browser would say it in its own language
  box.querySelector(".leave").onclick = () => box.close();
  form.onsubmit = (event) => {
    event.preventDefault();
    const said = complaint(form);
    if (said) { put(error, said); return; }
    act(form.querySelector("[type=submit]"), error, async () => {
      const said = await wanted(Object.fromEntries(new FormData(form)));
      wake();
      if (said === null) return;
      tell(said);
      box.close();
    });
  };
  return (heading) => {
    put(error, "");
    put(box.querySelector("h2"), heading);
    box.showModal();
  };
}

function hide(node, hidden) { // a hidden field is not asked for, and its limits do not bind
  node.hidden = hidden;
  node.querySelectorAll("input, select").forEach((field) => { field.disabled = hidden; });
}

// ---- a mood

const openMood = dialog("mood", async ({ kind: name, for_s, ...told }) => {
  const { fields, ...body } = MOODS[name];
  for (const field of fields) body[field] = WORDS.includes(field) ? told[field] : Number(told[field]);
  if (body.share) body.share /= 100;
  if (for_s) body.for_s = Number(for_s);
  await ask("POST", `/carriers/${encodeURIComponent(about)}/moods`, body);
  return say(W.begun, { carrier: title(about), mood: W.moods[name] });
});

function choose() {
  const name = $("mood").querySelector("[name=kind]:checked").value;
  put($("mood-what"), W.moods_what[name]);
  for (const field of MOOD_FIELDS) hide($(`field-${field}`), !MOODS[name].fields.includes(field));
}

export function askMood(carrier) {
  about = carrier;
  openMood(say(W.mood_title, { carrier: title(carrier) }));
  $("mood").querySelector("[name=kind]:checked").focus();
}

$("mood").querySelector("[name=kind]").checked = true;
$("mood").querySelector("fieldset").onchange = choose;
choose();

// ---- a message from a phone

const openWrite = dialog("write", async (message) => {
  const to = message.to.replace(/[\s-]/g, "");
  const { parts } = await ask("POST", `/handsets/${encodeURIComponent(about)}/messages`, { ...message, to });
  $("write-text").value = "";
  return say(W.sent, { number: about, to, parts });
});

export function askWrite(phone, lastFrom) {
  about = phone;
  if (/^\+?[0-9]{3,}$/.test(lastFrom ?? "") && !$("write-text").value) $("write-to").value = lastFrom;
  openWrite(say(W.write_title, { number: phone }));
}

// ---- an emergency call

const openCall = dialog("call", async ({ "call-to": to, method, lat, lon, radius_m }) => {
  const none = { lat: 0, lon: 0, radius_m: 0, confidence: 0 };
  const where = method === "N" ? none : { lat: Number(lat), lon: Number(lon), radius_m: Number(radius_m) };
  const position = { ...where, method, at: new Date().toISOString() };
  const { aml } = await ask("POST", `/handsets/${encodeURIComponent(about)}/calls`, { to, position });
  const https = aml.https && `\n\nHTTPS ${aml.https.url}: ${aml.https.status ?? aml.https.detail}`;
  put($("told").querySelector("pre"), `SMS ${aml.sms}${https ?? ""}`);
  $("told").hidden = false;
  return null;
});

export function askCall(phone) {
  about = phone;
  $("told").hidden = true;
  openCall(say(W.call_title, { number: phone }));
}

$("method").onchange = ({ target }) => {
  $("call").querySelectorAll(".found").forEach((field) => hide(field, target.value === "N"));
};
