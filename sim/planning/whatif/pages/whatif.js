// A move of a slider asks once more, first roughly, then with intervals; only the newest question's answers are shown.
import { drawn, explain } from "/page/map.js";

const words = JSON.parse(document.getElementById("words").textContent);
const form = document.getElementById("sliders");
const language = document.documentElement.lang;
const number = (value, digits = 0) =>
  value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (value, digits = 1) => `${number(100 * value, digits)} %`;
const sliders = [...form.querySelectorAll("input[type=range], select")];
let facts = null, map = null, asked = 0, timer = 0;

function query() {
  const told = new URLSearchParams();
  for (const input of sliders)
    if (input.value !== input.dataset.start) told.set(input.name, input.value);
  const out = [...form.querySelectorAll("#carriers input:checked")].map((box) => box.value);
  if (out.length) told.set("out", out.join("."));
  if (!form.overflow.checked) told.set("overflow", "false");
  return told;
}

function element(name, text = "", classes = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = classes;
  return made;
}

function half(estimate, told) {
  return estimate.half === null ? "" : ` ± ${told(estimate.half)}`;
}

function line(row) {
  const box = element("div", "", "line"), share = row.share_in_time;
  const what = element("p");
  const big = element("span", percent(share.mean), share.mean < row.target ? "big below" : "big");
  const met = share.mean < row.target ? words.below : words.met;
  what.append(big, `${half(share, percent)} ${words.in_time.toLowerCase()}, ${words.target} ${percent(row.target, 0)}: ${met}`);
  const bar = element("div", "", "bar"), filled = element("i"), band = element("b"), target = element("u");
  filled.style.width = `${100 * share.mean}%`;
  const wide = share.half ?? 0;
  band.style.left = `${100 * Math.max(0, share.mean - wide)}%`;
  band.style.width = `${Math.max(0.3, 200 * wide)}%`;
  target.style.left = `${100 * row.target}%`;
  bar.append(filled, band, target);
  const rest = element("p", [
    `${words.wait} ${number(row.wait_s_p95.mean, 0)} ${words.seconds}`,
    `${words.gave_up} ${percent(row.abandoned.mean)}`,
    `${row.seats} ${words.seats_all}, ${percent(row.occupancy.mean, 0)} ${words.held}`,
  ].join(" · "));
  box.append(element("h2", row.line), what, bar);
  box.append(element("span"), rest);
  return box;
}

function tile(word, estimate, digits, unit = "") {
  const box = element("div"), value = element("dd", `${number(estimate.mean, digits)}${unit}`);
  if (estimate.half) value.append(" ", element("small", `± ${number(estimate.half, digits)}`));
  box.append(element("dt", word), value);
  return box;
}

function show(answer, took) {
  document.getElementById("trouble").textContent = "";
  document.getElementById("lines").replaceChildren(...answer.lines.map(line));
  const kept = Object.values(answer.last_seat_kept).reduce((sum, centres) => sum + centres, 0);
  document.getElementById("last_seat").textContent = kept ? words.last_seat.replace("N", kept) : "";
  const video = answer.video, cost = (name) => ({ mean: answer.cost[name], half: 0 }); // it follows from the question
  document.getElementById("video").replaceChildren(
    tile(words.seen, video.sessions_per_week, 0), tile(words.asked, video.requests_per_week, 0),
    tile(words.to_video, video.time_to_video_s_p95, 0, ` ${words.seconds}`), tile(words.at_once, video.at_once_p999, 0),
    tile("Mbit/s", video.mbit_per_s_p999, 0), tile(words.cost, cost("video_service_kr_per_year"), 0),
    tile(words.staff, cost("staff_years"), 0), tile(words.staff_cost, cost("staff_kr_per_year"), 0),
  );
  document.getElementById("took").textContent = `${words.took} ${number(took, 2)} ${words.seconds}`;
  const centres = answer.centres.filter(({ name, line: of }) => of in facts.video && name in facts.map.centres);
  map ??= mapOf(centres);
  map(centres);
}

function mapOf(centres) {
  const places = facts.map.centres, invented = ({ name }) => places[name].invented;
  explain(document.getElementById("key"), words, centres.filter(invented).length);
  return drawn(document.getElementById("map"), document.getElementById("meant"), facts.map, centres, (row) => [
    `${row.name}: ${percent(row.share_in_time.mean)}${half(row.share_in_time, percent)} ${words.in_time.toLowerCase()}`,
    `${words.target} ${percent(row.target, 0)}`, `${words.wait} ${number(row.wait_s_p95.mean)} ${words.seconds}`,
    `${words.seats_all} ${row.seats}`, ...(invented(row) ? [words.invented] : []),
  ].join(", "));
}

function moved() {
  for (const input of form.querySelectorAll("input[type=range]"))
    form.querySelector(`output[for=${input.id}]`).value = input.name === "to_year" ? input.value
      : number(+input.value, input.step.includes(".") ? 1 : 0);
  const told = query();
  const here = new URLSearchParams(told);
  if (new URLSearchParams(location.search).get("lang")) here.set("lang", language);
  history.replaceState(null, "", here.size ? `?${here}` : location.pathname);
  for (const kind of ["csv", "parquet"]) document.getElementById(kind).href = `/answer.${kind}?${told}`;
  document.getElementById("report").href = `/report.html?${told}`;
  const other = new URLSearchParams(told);
  other.set("lang", words.other_lang);
  document.getElementById("language").href = `?${other}`;
  clearTimeout(timer);
  timer = setTimeout(() => ask(told), 60);
}

async function ask(told) {
  const mine = ++asked, began = performance.now();
  document.body.classList.add("waiting");
  try {
    let took = 0;
    for (const path of ["/answer/rough", "/answer"]) {
      const response = await fetch(`${path}?${told}`), answer = await response.json();
      if (mine !== asked) return;
      if (!response.ok) throw new Error(JSON.stringify(answer.detail));
      took ||= (performance.now() - began) / 1000;
      show(answer, took);
    }
  } catch (error) {
    if (mine === asked) document.getElementById("trouble").textContent = words.broken + error.message;
  }
  if (mine === asked) document.body.classList.remove("waiting");
}

function offerMonths() { // the first is what the scenario says
  if (facts.season) form.month.append(new Option(words.own_season, ""));
  form.month.append(new Option(words.mean_year, 0));
  for (let n = 1; n <= 12; n++)
    form.month.append(new Option(new Date(2023, n - 1).toLocaleDateString(language, { month: "long" }), n));
}

function start() {
  document.getElementById("scenario").textContent = `${facts.title} · ${words.subtitle}`;
  for (const name of facts.carriers) {
    const label = element("label", name), box = document.createElement("input");
    Object.assign(box, { type: "checkbox", value: name });
    label.prepend(box);
    document.getElementById("carriers").append(label);
  }
  for (const [name, share] of Object.entries(facts.video)) form[`video_${name}`].defaultValue = share;
  form.to_year.defaultValue = facts.to_year;
  offerMonths();
  const given = new URLSearchParams(location.search);
  for (const input of sliders) {
    if (input.type === "range") input.value = input.defaultValue;
    input.dataset.start = input.value;
    if (given.has(input.name)) input.value = given.get(input.name);
  }
  const out = (given.get("out") ?? "").split(".");
  for (const box of form.querySelectorAll("#carriers input")) box.checked = out.includes(box.value);
  form.overflow.checked = given.get("overflow") !== "false";
  form.addEventListener("input", moved);
  form.addEventListener("reset", () => setTimeout(moved));
  document.getElementById("share").addEventListener("click", async (event) => {
    await navigator.clipboard.writeText(location.href);
    event.target.textContent = words.copied;
    setTimeout(() => { event.target.textContent = words.share; }, 1500);
  });
  moved();
}

facts = await (await fetch("/facts")).json();
start();
