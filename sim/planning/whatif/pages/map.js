// The schematic map: AMK at their places, LV as a crowd beside their region, coloured by share in time.
const SVG = "http://www.w3.org/2000/svg", WIDTH = 600, HEIGHT = 570;
const LEVELS = [[0, "#b3261e"], [0.9, "#e07b1a"], [1, "#3a8a4d"]]; // of the target: far below, nearly, met

const colour = (row) => LEVELS.findLast(([from]) => row.share_in_time.mean / row.target >= from)[1];

function place([east, north]) { // a plain projection: a degree of longitude shrinks northwards
  const x = (east - 15) * Math.cos((north * Math.PI) / 180) * 40 + 265;
  return [x, (71.6 - north) * 40];
}

function shape(name, facts, title = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) made.setAttribute(key, value);
  if (title) made.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: title }));
  return made;
}

export function draw(svg, key, facts, answer, words, percent) {
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const outline = facts.map.outline.map(place).map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const drawn = [shape("polygon", { points: outline, class: "land" })], named = [];
  const told = (row) => `${row.name}: ${percent(row.share_in_time.mean)} (${words.target} ${percent(row.target, 0)})`;
  const crowds = {};
  for (const row of answer.centres) {
    const at = facts.map.centres[row.name];
    if (row.line === "other") continue;
    if (!at) { (crowds[facts.regions[row.name] ?? Object.keys(facts.map.regions)[0]] ??= []).push(row); continue; }
    const [cx, cy] = place(at);
    drawn.push(shape("circle", { cx, cy, r: 7, fill: colour(row) }, told(row)));
    const left = facts.map.west.includes(row.name);
    const text = shape("text", { x: left ? cx - 10 : cx + 10, y: cy + 3, "text-anchor": left ? "end" : "start" });
    text.textContent = row.name.replace("AMK ", "");
    named.push(text);
  }
  for (const [region, rows] of Object.entries(crowds)) {
    const [x, y] = place(facts.map.regions[region]), wide = 8;
    rows.forEach((row, n) => drawn.push(shape("circle",
      { cx: x + (n % wide) * 9, cy: y + Math.floor(n / wide) * 9, r: 4, fill: colour(row) }, told(row))));
    const text = shape("text", { x: x - 4, y: y - 9 });
    text.textContent = `LV ${region}: ${rows.filter((row) => row.share_in_time.mean >= row.target).length}/${rows.length}`;
    named.push(text);
  }
  svg.replaceChildren(...drawn, ...named);
  const levels = [[LEVELS[2][1], words.met], [LEVELS[1][1], words.nearly], [LEVELS[0][1], words.below]];
  key.replaceChildren(...levels.map(([fill, word]) => {
    const box = document.createElement("span"), dot = document.createElement("i");
    dot.style.background = fill;
    box.append(dot, word);
    return box;
  }), words.lv);
}
