// The seat page. The control room holds the state: this page shows it, and asks for the next step.
import { Ambulances } from "/ambulance.js";
import { Picture } from "/picture.js";
import { W, say, wordsOf } from "/words.js";

const { seat: SEAT, centre: CENTRE } = document.body.dataset;
const STEPS = ["answer", "ask-video", "said-yes", "said-no", "send-link", "switch-camera", "invite-doctor",
  "end-video", "hang-up"];
const OVER = ["call.ended", "call.abandoned"];
const ASK_LIMIT_MS = 15000;
const STILL_S = 2; // no new frame for so long: the picture stands still

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function clock(s) {
  const whole = Math.max(0, Math.floor(s));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function put(id, text) { // only a change: a live region would say the same again
  if ($(id).textContent !== text) $(id).textContent = text;
}

let calls = []; // the live calls at hand at my centre
let signed = "free";
let mine = null; // my call, or the last one I had
let ringing = null;
const heard = new Map(); // call -> its events
const picture = new Picture($("picture"), () => render());

const ambulances = new Ambulances(SEAT, CENTRE, ask, act);

// ---- asking the control room

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method, headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body), signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
  } catch {
    throw new Error(W.no_contact);
  }
  if (answer.ok) return answer;
  const detail = (await answer.json().catch(() => ({}))).detail;
  throw new Error(typeof detail === "string" ? detail : `${answer.status} ${answer.statusText}`);
}

async function act(button, wanted, errorAt = `error-${button.id}`) {
  if (button.getAttribute("aria-busy") === "true") return;
  document.querySelectorAll(".error").forEach((each) => { each.textContent = ""; });
  button.setAttribute("aria-busy", "true");
  try {
    await wanted();
  } catch (error) {
    put(errorAt, say(W.failed, { text: error.message }));
  } finally {
    button.removeAttribute("aria-busy");
    refresh();
  }
}

const mineAt = (path) => `/calls/${encodeURIComponent(mine.call)}${path}`;
const answer = (call) => ask("POST", `/calls/${encodeURIComponent(call.call)}/answer`, { seat: SEAT });
const otherCamera = () => (mine.video.camera === "back" ? "front" : "back");
const spoken = (step) => ask("POST", mineAt("/consent"), { step });

async function withoutPicture(wanted) { // the picture goes at once, not when the service has answered
  picture.bar();
  try {
    await wanted();
  } catch (error) {
    picture.let();
    throw error;
  }
}

const WANTED = {
  "answer": () => answer(firstToAnswer()),
  "ask-video": () => spoken("asked"),
  "said-yes": () => spoken("given"),
  "said-no": () => spoken("refused"),
  "send-link": () => ask("PUT", mineAt("/video"), {}),
  "switch-camera": () => ask("PUT", mineAt("/video/camera"), { camera: otherCamera() }),
  "invite-doctor": () => ask("PUT", mineAt("/video/viewers/doctor"), {}),
  "show-out-doctor": () => ask("DELETE", mineAt("/video/viewers/doctor")),
  "end-video": () => withoutPicture(() => ask("DELETE", mineAt("/video"))),
  "hang-up": () => withoutPicture(() => ask("POST", mineAt("/hang_up"), { by: "operator" })),
  "copy-link": () => { $("doctor-link").select(); document.execCommand("copy"); put("copy-link", W.copied); },
  "sign": () => ask("PUT", `/seats/${encodeURI(SEAT)}`, { state: signed === "free" ? "away" : "free" }),
};

// ---- showing

const live = (call) => (call?.video && call.video.state !== "ended" ? call.video : null);
const turn = ({ priority }) => (priority === "urgent" ? 0 : 1);
const onCall = () => (mine && mine.state === "answered" ? mine : null);
const isWaitingHere = ({ state, centre }) => state === "queued" && centre === CENTRE;
const firstToAnswer = () => ringing ?? calls.find(isWaitingHere);

function callWords() {
  if (onCall()) return say(W.call_on, mine);
  if (ringing) return say(W.call_ringing, ringing);
  const last = heard.get(mine?.call)?.findLast(({ event }) => event.startsWith("call."));
  return mine ? `${W.call_over}. ${last ? wordsOf(last) : ""}` : W.call_none;
}

function videoWords() {
  const call = onCall(), video = call?.video;
  if (live(call)) return pictureWords(video);
  if (video?.because === "sms_failed") return W.events["sms.failed final"];
  if (video) return say(W.video_ended, video);
  const spoke = { asked: W.video_asked, given: W.video_said_yes, refused: W.video_said_no };
  return spoke[call?.consent] ?? W.video_none;
}

function pictureWords(video) {
  const { state, detail, still_s } = picture.state();
  if (state === "failed") return say(W.video_failed, { text: detail });
  if (state === "playing" && still_s >= STILL_S) return cameraWords(video) ?? say(W.video_still, { n: still_s });
  if (state === "playing") return say(W.video_playing, video);
  if (state === "waiting" && video.state === "requested") return smsWords(video) ?? W.video_requested;
  if (state === "waiting" && video.state !== "live")
    return cameraWords(video) ?? W[`video_${video.state}`] ?? video.state;
  return state === "lost" ? W.video_lost : W.video_connecting;
}

function smsWords({ session }) { // only what keeps the link from the caller
  const told = (event) => event.session === session && event.event.startsWith("sms.");
  const last = heard.get(mine.call)?.findLast((event) => told(event) && event.event !== "sms.submitted");
  return last?.event === "sms.failed" ? wordsOf(last) : null;
}

function cameraWords({ session }) { // why the phone gives no picture, as long as it does not
  const told = ["camera.failed", "camera.switched", "media.connected", "media.recovered"];
  const last = heard.get(mine.call)?.findLast((event) => event.session === session && told.includes(event.event));
  return last?.event === "camera.failed" ? wordsOf(last) : null;
}

function steps() {
  const call = onCall(), video = live(call), consent = call?.consent;
  return {
    "answer": !call && firstToAnswer(),
    "ask-video": call && !video && (!consent || consent === "refused"),
    "said-yes": consent === "asked",
    "said-no": consent === "asked",
    "send-link": consent === "given" && !video,
    "switch-camera": video?.state === "live",
    "invite-doctor": video && !video.viewers.some(({ role }) => role === "doctor"),
    "end-video": video,
    "hang-up": call,
    "copy-link": true,
    "show-out-doctor": true,
  };
}

function render() {
  const held = document.activeElement;
  const call = onCall(), may = steps();
  for (const [id, enabled] of Object.entries(may)) $(id).disabled = !enabled;
  $("ask-video").classList.toggle("next", !call?.consent);
  $("send-link").classList.toggle("next", !call?.video);
  $("said-yes").classList.add("next");
  $("ask-hint").hidden = call?.consent !== "asked";
  put("call-state", callWords());
  put("number", call?.number ?? "");
  document.body.classList.toggle("on-call", Boolean(call));
  $("call-line").classList.toggle("on", Boolean(call));
  put("video-state", videoWords());
  put("trouble", mine?.video?.trouble ?? "");
  $("picture").classList.toggle("live", picture.state().state === "playing");
  const doctor = live(call)?.viewers.find(({ role }) => role === "doctor");
  $("doctor").hidden = !doctor;
  $("doctor-link").value = doctor?.page_url ?? "";
  if (!doctor) put("copy-link", W.copy_link);
  renderQueue();
  renderTimeline();
  if (held?.disabled) nextStep(held.id)?.focus();
}

function nextStep(id) { // so that the keyboard does not lose its place
  const n = STEPS.indexOf(id);
  return [...STEPS.slice(n), ...STEPS.slice(0, n)].map($).find((each) => !each.disabled);
}

function renderQueue() {
  const waiting = calls.filter(({ state }) => state !== "answered");
  const some = say(W.queue_some, { n: waiting.length });
  const words = { 0: W.queue_none, 1: W.queue_one }[waiting.length] ?? some;
  put("queue-state", ringing ? `${W.seat_offered} · ${words}` : words);
  document.title = `${waiting.length ? `(${waiting.length}) ` : ""}${SEAT} · ${W.title}`;
  const rows = new Map([...$("queue").children].map((row) => [row.dataset.call, row]));
  const shown = waiting.map((call) => {
    const row = rows.get(call.call) ?? newRow(call);
    row.classList.toggle("mine", call === ringing);
    const where = call === ringing ? W.ringing_here : call.state === "offered" ? W.ringing_at : W.waiting_at;
    const asked = call.routed_from ? ` · ${say(W.routed_from, call)}` : "";
    row.querySelector(".where").textContent = `${call.line} · ${say(where, call)}${asked}`;
    row.querySelector("button").hidden = Boolean(onCall()) || call === firstToAnswer();
    return row;
  });
  const same = rows.size === shown.length && shown.every((row, n) => $("queue").children[n] === row);
  if (!same) $("queue").replaceChildren(...shown);
}

function newRow(call) {
  const row = $("row").content.firstElementChild.cloneNode(true);
  row.dataset.call = call.call;
  row.querySelector(".number").textContent = call.number;
  const take = row.querySelector("button");
  take.onclick = () => act(take, () => answer(call), "error-queue");
  return row;
}

function renderTimeline() {
  const list = $("timeline"), events = mine ? heard.get(mine.call) ?? [] : [];
  if (list.dataset.call !== (mine?.call ?? "")) list.replaceChildren();
  if (!list.childElementCount) list.dataset.sms = "";
  list.dataset.call = mine?.call ?? "";
  for (const event of events.slice(list.childElementCount)) {
    const row = $("line").content.firstElementChild.cloneNode(true);
    row.querySelector("time").textContent = clock(event.monotonic_s - mine.placed_monotonic_s);
    const words = row.querySelector("span").textContent = wordsOf(event);
    // a trainer or a test that looks on is not the operator's doing; of an SMS that is tried again, only news
    const isSms = event.event.startsWith("sms.");
    row.hidden = event.role === "observer" || event.try > 1 || (isSms && words === list.dataset.sms);
    if (isSms && !row.hidden) list.dataset.sms = words;
    list.append(row);
    list.scrollTop = list.scrollHeight;
  }
}

function count() { // the clocks; not live regions
  const since_s = (call) => (performance.now() - call.known_ms) / 1000;
  for (const row of $("queue").children) {
    const call = calls.find((each) => each.call === row.dataset.call);
    if (call) row.querySelector(".wait").textContent = clock(call.waiting_s + since_s(call));
  }
  if (onCall()) put("clock", clock(mine.age_s + since_s(mine)));
  put("video-state", videoWords());
}

// ---- following the control room

async function load() {
  const [asked, centres] = await Promise.all([
    ask("GET", `/calls?live=true&centre=${encodeURIComponent(CENTRE)}`), ask("GET", "/centres"),
    ambulances.load()]);
  const known_ms = performance.now();
  calls = (await asked.json()).map((call) => ({ ...call, known_ms }));
  calls.sort((a, b) => turn(a) - turn(b) || (b.waiting_s ?? 0) - (a.waiting_s ?? 0));
  const at = (await centres.json()).flatMap(({ seats }) => seats).find(({ seat }) => seat === SEAT);
  signed = at.signed;
  const leaving = at.state === "busy" && signed === "away";
  put("seat-state", W[`seat_${leaving ? "leaving" : at.state}`]);
  put("sign", signed === "free" ? W.sign_away : W.sign_free);
  ringing = calls.find((call) => call.seat === SEAT && call.state === "offered") ?? null;
  const now = calls.find((call) => call.seat === SEAT && call.state === "answered");
  mine = now ?? (mine && { ...mine, state: "ended" });
  if (live(now)) picture.show(now.video); else picture.stop();
  render();
  count();
  return Number(asked.headers.get("Events-N"));
}

let loading = null, stale = false;
function refresh() { // one at a time, and once more if something happened meanwhile
  stale = true;
  loading ??= (async () => {
    while (stale) {
      stale = false;
      await load().catch((error) => put("contact", error.message));
    }
    loading = null;
  })();
}

function hear(event) {
  const myself = event.event.startsWith("viewer.") && event.role === "operator"; // nobody needs to be told
  if (event.call && !myself) heard.set(event.call, [...(heard.get(event.call) ?? []), event]);
  if (OVER.includes(event.event) && event.call !== mine?.call) heard.delete(event.call);
  if (event.event === "video.ended" && event.session === picture.session) picture.stop();
  if (event.event === "media.stopped" && event.session === picture.session) picture.again();
  ambulances.hear(event);
  refresh();
}

function listen(since) {
  return new Promise((closed) => {
    const where = new URL(`/events?since=${since}&centre=${encodeURIComponent(CENTRE)}`, location.href);
    where.protocol = where.protocol.replace("http", "ws");
    const socket = new WebSocket(where);
    socket.onopen = () => put("contact", "");
    socket.onmessage = ({ data }) => hear(JSON.parse(data));
    socket.onclose = closed;
  });
}

async function follow() {
  for (;;) {
    try {
      const n = await load();
      heard.clear();
      $("timeline").replaceChildren();
      await listen(calls.length ? Math.min(...calls.map(({ placed_n }) => placed_n)) - 1 : n);
    } catch { /* said below */ }
    put("contact", W.no_contact);
    await pause(1000);
  }
}

for (const [id, wanted] of Object.entries(WANTED)) $(id).onclick = () => act($(id), wanted);
setInterval(count, 500);
follow();
