// The schematic map: every centre at its place, AMK large and LV small, coloured by share in time.
const SVG = "http://www.w3.org/2000/svg";
const LEVELS = [[0, "#b3261e"], [0.9, "#e07b1a"], [1, "#3a8a4d"]]; // of the target: far below, nearly, met

const ofTarget = (row) => row.share_in_time.mean / row.target;
const colour = (row) => LEVELS.findLast(([from]) => ofTarget(row) >= from)[1];

function shape(name, facts, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// Draws the centres of these rows; returns what shows an answer on them, with `told(row)` in words.
export function drawn(svg, line, map, rows, told) {
  svg.setAttribute("viewBox", `0 0 ${map.size.join(" ")}`);
  const names = [], dots = rows.map((row, n) => {
    const { at: [cx, cy], label, west } = map.centres[row.name];
    const dot = shape("circle", { cx, cy, r: label ? 7 : 4, role: "img", "data-centre": n });
    dot.append(shape("title", {}));
    const place = { x: cx + (west ? -10 : 10), y: cy + 4, "text-anchor": west ? "end" : "start", "aria-hidden": true };
    if (label) names.push(shape("text", place, label));
    return dot;
  });
  const sums = Object.entries(map.regions).map(([region, [x, y]]) => [region, shape("text", { x, y })]);
  svg.replaceChildren(shape("polygon", { points: map.outline.join(" "), class: "land" }), ...dots, ...names,
    ...sums.map(([, text]) => text));
  const tell = spots(svg, line);
  return (answered) => {
    answered.forEach((row, n) => {
      dots[n].setAttribute("fill", colour(row));
      dots[n].querySelector("title").textContent = told(row);
    });
    for (const [region, text] of sums) {
      const of = answered.filter(({ name }) => map.centres[name].region === region && !map.centres[name].label);
      text.textContent = of.length ? `LV ${region}: ${of.filter((row) => ofTarget(row) >= 1).length}/${of.length}` : "";
    }
    tell();
  };
}

export function explain(key, words, invented) {
  const levels = [[LEVELS[2][1], words.met], [LEVELS[1][1], words.nearly], [LEVELS[0][1], words.below]];
  key.replaceChildren(...levels.map(([fill, word]) => {
    const box = document.createElement("span"), dot = document.createElement("i");
    dot.style.background = fill;
    box.append(dot, word);
    return box;
  }), `${words.lv} ${invented ? words.lv_invented.replace("N", invented) : ""}`);
}
