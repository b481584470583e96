// Plays the incident's day: sets colours, numbers and lines of the picture that stands in the page.
(() => {
  const day = JSON.parse(document.getElementById("incident-data").textContent);
  const box = document.getElementById("incident"), find = (what) => box.querySelector(what);
  const slider = find("input"), speed = find("select"), button = find("button");
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], own = day.centres[day.own];
  let now = day.worst, playing = false, still = true, before = 0;

  function each(changes) { // a column from its changes: sample, value, sample, value, ...
    const column = [];
    changes.forEach((value, n) => { if (n % 2) column.push(...Array((changes[n + 1] ?? day.samples) - changes[n - 1]).fill(value)); });
    return column;
  }
  for (const one of day.centres)
    for (const [name, value] of Object.entries(one)) if (Array.isArray(value)) one[name] = each(value);
  for (const name of Object.keys(day.lent)) day.lent[name] = each(day.lent[name]);

  const marks = day.centres.map((one, n) => ({
    one, spot: find(`[data-centre="${n}"]`), number: find(`[data-waiting="${n}"]`), seats: find(`[data-seats="${n}"]`),
  }));
  const tell = spots(find(".map"), find(".meant"));
  const sums = [...box.querySelectorAll("[data-sum]")].map((text) => [text, JSON.parse(text.dataset.sum)]);
  const lines = [...box.querySelectorAll("[data-lent]")], figures = [...box.querySelectorAll("[data-figure]")];
  const two = (n) => String(n).padStart(2, "0");

  function clock(n) {
    const s = day.from_s + n * day.step_s, minutes = Math.floor(s / 60);
    const told = `${days[Math.floor(minutes / 1440) % 7]} ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
    return `${told}:${two(Math.floor(s % 60))}`;
  }

  function since(n) {
    const minutes = Math.round((day.from_s + n * day.step_s - day.at_s) / 60);
    return minutes < 0 ? `${-minutes} min before the incident` : `${minutes} min after the incident`;
  }

  const told = {
    waiting: (n) => own.waiting[n], ringing: (n) => own.ringing[n], longest: (n) => `${own.longest_s[n]} s`, busy: (n) => `${own.busy[n]} of ${own.seats[n]}`,
    here: (n) => own.answered[n] - own.by_others[n], by_others: (n) => own.by_others[n],
    gave_up: (n) => own.gave_up[n], came: (n) => own.came[n],
  };

  function show(n) {
    for (const { one, spot, number, seats } of marks) {
      const level = day.levels.filter((most) => most && one.longest_s[n] > most * one.target_s).length;
      spot.setAttribute("class", `spot l${level}`);
      spot.setAttribute("r", (number ? 7 : 4) + 2 * Math.sqrt(one.waiting[n]));
      spot.firstElementChild.textContent = `${spot.dataset.name}: ${one.busy[n]} of ${one.seats[n]} seats busy, `
        + `${one.waiting[n]} waiting, ${one.ringing[n]} ringing, longest wait just then ${one.longest_s[n]} s${spot.dataset.note}`;
      if (number) {
        number.textContent = one.waiting[n] || "";
        seats.textContent = `${one.busy[n]}/${one.seats[n]}`;
      }
    }
    for (const [text, those] of sums) {
      const sum = (name) => those.reduce((all, one) => all + day.centres[one][name][n], 0);
      text.textContent = `${sum("busy")}/${sum("seats")}, ${sum("waiting")} waiting`;
    }
    tell();
    for (const line of lines) line.setAttribute("stroke-width", 2.5 * day.lent[line.dataset.lent][n]);
    for (const figure of figures) figure.textContent = told[figure.dataset.figure](n);
    find(".clock").textContent = clock(n);
    find(".since").textContent = n === day.worst ? `${since(n)}: the worst moment` : since(n);
    const x = (n / (day.samples - 1)) * 600;
    find(".playhead").setAttribute("x1", x);
    find(".playhead").setAttribute("x2", x);
    slider.value = n;
    slider.setAttribute("aria-valuetext", `${clock(n)}, ${since(n)}`);
  }

  function play(on) {
    playing = on;
    button.textContent = on ? "Pause" : "Play";
    if (!on) return;
    if (still || now >= day.samples - 1) now = 0;
    still = false;
    before = performance.now();
    requestAnimationFrame(step);
  }

  function step(at) {
    if (!playing) return;
    now = Math.min(day.samples - 1, now + (Math.max(0, at - before) / 1000) * (speed.value / day.step_s));
    before = at;
    show(Math.floor(now));
    if (now >= day.samples - 1) play(false);
    else requestAnimationFrame(step);
  }

  button.addEventListener("click", () => play(!playing));
  slider.addEventListener("input", () => { now = +slider.value; still = false; show(now); });
  find(".to-worst").addEventListener("click", () => { play(false); now = day.worst; show(now); });
  addEventListener("beforeprint", () => { play(false); show(day.worst); });
  addEventListener("afterprint", () => show(Math.floor(now)));
  slider.max = day.samples - 1;
  find(".controls").hidden = find(".meant").hidden = false;
  show(now);
})();
