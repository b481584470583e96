// The carriers: how they are, what passes through them, their moods.
import { $, W, act, ask, copyOf, follow, number, put, say, title } from "/page/rest.js";
import { askMood } from "/page/dialogs.js";

const RATE_OVER_MS = 3000;
const seen = new Map(); // carrier -> [{ms, submitted}], of the last few looks

function rate(carrier) {
  const now = { ms: performance.now(), submitted: carrier.counts["sms.submitted"] ?? 0 };
  const looks = [...(seen.get(carrier.name) ?? []), now];
  while (looks.length > 2 && now.ms - looks[1].ms >= RATE_OVER_MS) looks.shift();
  seen.set(carrier.name, looks);
  const passed_s = (now.ms - looks[0].ms) / 1000;
  return passed_s ? Math.max(0, (now.submitted - looks[0].submitted) / passed_s) : 0;
}

function facts(carrier) {
  const count = (name) => carrier.counts[name] ?? 0;
  const submitted = count("sms.submitted"), delivered = count("sms.delivered");
  const lost = count("sms.lost"), failed = count("sms.failed");
  // the program tells messages under way; here all are parts, so that they add up
  const waiting = Math.max(carrier.waiting, submitted - delivered - lost - failed);
  return {
    submitted, delivered, lost, failed, waiting,
    throttled: count("sms.throttled"), refused: count("sms.refused"), doubled: count("doubled"),
    originated: count("originated"), receipts: count("receipts"),
    sessions: carrier.sessions, undelivered: carrier.undelivered, rate: rate(carrier),
  };
}

function left(seconds) {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function wordsOf(mood) {
  const name = W.moods[mood.kind === "outage" ? mood.how : mood.kind] ?? mood.kind;
  const much = [
    mood.share && `${number(mood.share * 100, 1)} %`,
    mood.kind === "malformed" && W.fields[mood.how],
    mood.response_s && `${number(mood.response_s, 1)} s`,
    mood.rate_per_s && `${number(mood.rate_per_s, 1)}/s`,
    mood.after_s && `+${number(mood.after_s, 1)} s`,
    mood.swallowed && `${W.fields.swallowed.toLowerCase()} ${W.fields[mood.swallowed]}`,
  ].filter(Boolean);
  return [name, ...much].join(" · ");
}

function makeMood(carrier, row) {
  return (mood) => {
    const chip = copyOf("mood-row"), x = chip.querySelector(".x");
    x.setAttribute("aria-label", say(W.end_mood, { mood: `${carrier.name}, ${wordsOf(mood)}` }));
    x.onclick = () => act(x, row.querySelector(".error"), async () => {
      await ask("DELETE", `/carriers/${encodeURIComponent(carrier.name)}/moods/${mood.id}`);
      chip.remove();
    });
    return chip;
  };
}

function fillMood(chip, mood) {
  const until = mood.ends_in_s === null ? W.until_ended : left(mood.ends_in_s);
  put(chip.querySelector("span"), `${wordsOf(mood)} · ${until}`);
  chip.title = W.moods_what[mood.kind === "outage" ? mood.how : mood.kind] ?? "";
}

function makeCarrier(carrier) {
  const row = copyOf("carrier-row");
  put(row.querySelector("h3"), title(carrier.name));
  row.querySelector(".begin").onclick = () => askMood(carrier.name);
  row.querySelector(".begin").setAttribute("aria-label", `${carrier.name}: ${W.begin_mood}`);
  return row;
}

function fillCarrier(row, carrier) {
  const share = say(W.share, { share: number(carrier.share * 100, 1) });
  put(row.querySelector(".share"), `${W.account} ${carrier.system_id} · ${share}`);
  const doors = [`SMPP ${carrier.smpp}`, carrier.smpps && `TLS ${carrier.smpps}`];
  put(row.querySelector(".doors"), doors.filter(Boolean).join(" · "));
  for (const [name, value] of Object.entries(facts(carrier))) {
    const shown = row.querySelector(`[data-fact="${name}"]`);
    put(shown, number(value, name === "rate" ? 1 : 0));
    shown.classList.toggle("zero", !value);
  }
  follow(row.querySelector(".moods"), carrier.moods, ({ id }) => id, makeMood(carrier, row), fillMood);
  const byPlan = carrier.troubled && !carrier.moods.length;
  put(row.querySelector(".no-moods"), carrier.moods.length ? "" : byPlan ? W.weekly : W.no_moods);
  row.classList.toggle("troubled", Boolean(carrier.troubled || carrier.moods.length));
}

export async function lookAtCarriers() {
  const { seed, carriers } = await ask("GET", "/carriers");
  put($("seed"), say(W.seed, { seed }));
  follow($("carriers"), carriers, ({ name }) => name, makeCarrier, fillCarrier);
}
