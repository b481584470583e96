// The centres of a map are one stop of the Tab key, and arrow keys go on from there. A line beside the map says what
// the one is that is meant: the one in focus, or the nearest to the pointer, for dots are small. Returns the way to
// say it again, when the titles have changed.
function spots(map, line) {
  const WAYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }, NEAR = 12;
  const all = [...map.querySelectorAll("[data-centre]")];
  let meant = null;

  function tell() {
    if (meant) line.textContent = meant.querySelector("title").textContent;
  }

  function mean(spot) {
    meant?.removeAttribute("data-meant");
    (meant = spot).setAttribute("data-meant", "");
    tell();
  }

  function point(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const far = (spot) => Math.hypot(spot.getAttribute("cx") - x, spot.getAttribute("cy") - y) - spot.getAttribute("r");
    const nearest = all.reduce((one, other) => (far(other) < far(one) ? other : one));
    if (far(nearest) < NEAR) mean(nearest);
  }

  all.forEach((spot, n) => {
    spot.setAttribute("tabindex", n ? -1 : 0);
    spot.addEventListener("focus", () => {
      for (const other of all) other.setAttribute("tabindex", other === spot ? 0 : -1);
      mean(spot);
    });
  });
  map.addEventListener("pointermove", point);
  map.addEventListener("pointerdown", point);
  map.addEventListener("keydown", (event) => {
    if (!(event.key in WAYS)) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + WAYS[event.key]))].focus();
  });
  return tell;
}
