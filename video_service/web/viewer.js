// An invited viewer's page: plays the picture by WHEP. The address's fragment holds "viewer.token";
// a browser keeps it to itself, so that it is in no server's log.
"use strict";

const [viewer, token] = location.hash.slice(1).split(".");
const base = location.pathname.replace(/\/w$/, "");
const headers = {Authorization: `Bearer ${token}`};
const byId = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const picture = byId("picture");

let pc = null;

function show(state) {
  const line = byId("state");
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  line.textContent = line.dataset[state];
}

function tell(id, place) {          // `unit` is there when an ambulance's crew films
  const {say, sayUnit} = byId(id).dataset;
  byId(id).textContent = (place.unit ? sayUnit : say).replace(/\{(\w+)\}/g, (_, name) => place[name]);
}

function hangUp() {
  if (pc) pc.close();
  pc = null;
  picture.srcObject = null;         // no last frame may stay
}

async function watch() {
  hangUp();
  const mine = pc = new RTCPeerConnection({iceServers: []});
  mine.addTransceiver("video", {direction: "recvonly"});
  mine.ontrack = ({track}) => { picture.srcObject = new MediaStream([track]); };
  await mine.setLocalDescription();
  await gathered(mine, 1000);
  const answer = await fetch(`${base}/whep/${viewer}`, {
    method: "POST", headers: {...headers, "Content-Type": "application/sdp"}, body: mine.localDescription.sdp,
  });
  if (!answer.ok) return hangUp();
  await mine.setRemoteDescription({type: "answer", sdp: await answer.text()});
}

function gathered(connection, ms) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  const complete = new Promise((done) => {
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && done();
  });
  return Promise.race([complete, sleep(ms)]);
}

function playing() {
  return pc && ["new", "connecting", "connected"].includes(pc.connectionState);
}

async function follow() {
  for (;; await sleep(1000)) {
    let answer;
    try {
      answer = await fetch(`${base}/w/${viewer}`, {headers});
    } catch {
      continue;                     // no network just now
    }
    if (answer.status === 410) { hangUp(); return show("ended"); }
    if ([401, 404].includes(answer.status)) { hangUp(); return show("refused"); }
    if (!answer.ok) continue;
    const {state, ...place} = await answer.json();
    tell("who", place);
    tell("rules", place);
    if (state === "live" && !playing()) await watch().catch(hangUp);
    if (state !== "live") show("waiting");
    else if (pc && pc.connectionState === "connected") show("watching");
  }
}

if (viewer && token) follow();
else show("refused");
