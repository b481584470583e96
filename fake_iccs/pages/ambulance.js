// Ambulances' streams at this seat: what there is, and the one that the seat watches.
import { Picture } from "/picture.js";
import { W, say } from "/words.js";

const $ = (id) => document.getElementById(id);

export class Ambulances {
  // `ask` the control room; `act` on a button, saying what went wrong
  constructor(seat, centre, ask, act) {
    Object.assign(this, { seat, centre, ask, act, streams: [] });
    this.picture = new Picture($("ambulance-picture"), () => this.render());
  }

  async load() {
    const asked = await this.ask("GET", `/ambulances?centre=${encodeURIComponent(this.centre)}`);
    this.streams = await asked.json();
    const mine = this.watched();
    const { session, barred } = this.picture;
    if (mine && ![session, barred].includes(mine.session)) { // after a reload of the page
      await this.show(mine).catch(() => {}); // it has ended meanwhile: that is heard, and loaded again
    }
    if (!mine) this.picture.stop();
    this.render();
  }

  hear(event) {
    if (event.event.startsWith("ambulance.")) {
      $("ambulance-news").textContent = say(W.events[event.event], event);
    }
    if (event.session !== this.picture.session) return;
    if (event.event === "ambulance.ended") this.picture.stop();
    if (event.event === "media.stopped") this.picture.again();
  }

  watched() { return this.streams.find(({ seats }) => seats.includes(this.seat)); }

  at(stream, path = "") {
    return `/ambulances/${stream.session}${path}?seat=${encodeURIComponent(this.seat)}`;
  }

  async show(stream) {
    const place = await this.ask("PUT", this.at(stream, "/watch")).then((answer) => answer.json());
    this.picture.show(place);
  }

  async watch(stream) {
    const before = this.watched();
    if (before) await this.leave(before);
    await this.show(stream);
    $("ambulance-picture").hidden = false;
    $("ambulance-part").scrollIntoView({ block: "end" });
  }

  async withoutPicture(path) { // the picture goes at once, not when the service has answered
    this.picture.bar();
    try {
      await this.ask("DELETE", path);
    } finally {
      this.picture.let();
    }
  }

  leave(stream) { return this.withoutPicture(this.at(stream, "/watch")); }

  end(stream) { return this.withoutPicture(this.at(stream)); }

  render() {
    $("ambulance-part").hidden = !this.streams.length;
    $("ambulance-picture").hidden = !this.watched();
    $("ambulance-picture").classList.toggle("live", this.picture.state().state === "playing");
    const rows = new Map([...$("ambulances").children].map((row) => [row.dataset.session, row]));
    const shown = this.streams.map((stream) => this.filled(rows.get(stream.session) ?? this.newRow(), stream));
    const same = rows.size === shown.length && shown.every((row, n) => $("ambulances").children[n] === row);
    if (!same) $("ambulances").replaceChildren(...shown);
  }

  newRow() {
    const row = $("ambulance").content.firstElementChild.cloneNode(true);
    const on = (name, wanted) => {
      const button = row.querySelector(`.${name}`);
      button.onclick = () => this.act(button, () => wanted(row.stream), "error-ambulances");
    };
    on("watch", (stream) => this.watch(stream));
    on("leave", (stream) => this.leave(stream));
    on("switch", (stream) => this.ask("PUT", this.at(stream, "/camera"),
      { camera: stream.camera === "back" ? "front" : "back" }));
    on("invite", (stream) => this.ask("PUT", this.at(stream, "/viewers/doctor"), {}));
    on("show-out", (stream) => this.ask("DELETE", this.at(stream, "/viewers/doctor")));
    on("finish", (stream) => this.end(stream));
    return row;
  }

  filled(row, stream) {
    row.stream = stream;
    row.dataset.session = stream.session;
    const $in = (name) => row.querySelector(`.${name}`);
    const mine = stream.seats.includes(this.seat), state = `ambulance_${stream.state}`;
    const doctor = stream.viewers.find(({ role }) => role === "doctor");
    $in("number").textContent = stream.unit;
    $in("where").textContent = `${say(W[state] ?? stream.state, stream)} · ${stream.centres.join(" · ")}`;
    $in("watch").hidden = mine;
    for (const name of ["leave", "switch"]) $in(name).hidden = !mine;
    $in("switch").disabled = stream.state !== "live";
    $in("invite").hidden = !mine || Boolean(doctor);
    $in("finish").hidden = !mine || stream.amk !== this.centre;
    $in("guest").hidden = !mine || !doctor;
    $in("link").value = doctor?.page_url ?? "";
    return row;
  }
}
