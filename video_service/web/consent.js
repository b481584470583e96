// The caller's page: ask, film, stop. The server decides; this page only does as the caller says.
"use strict";

const REPLACED = 4001;              // another tab of this browser films now
const link = location.pathname;     // …/v/<token>
const byId = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

let over = false;                   // nothing starts again after this
let urls = null;                    // {whip_url, control_url}, once agreed
let facing = "back";
let stream = null, pc = null, control = null, awake = null;
let choiceTold = Promise.resolve(); // the caller's last choice has reached the service
let cameraWork = Promise.resolve(); // one thing at a time with the camera

function show(state) {
  const line = byId("state");
  line.dataset.state = state;
  line.textContent = line.dataset[state];
  for (const section of document.querySelectorAll("[data-when]")) {
    section.hidden = !section.dataset.when.split(" ").includes(state);
  }
}

function finish(state) {
  over = true;
  stopCamera();
  if (awake) awake.release().catch(() => {});
  show(state);
  hangUp();
}

async function hangUp() {           // after the choice has been told, so that it is not taken for a bad radio
  await Promise.race([choiceTold, sleep(2000)]);
  if (pc) pc.close();
  if (control) control.close();
}

async function post(what) {         // a radio may fail; a choice must arrive
  for (let wait = 500; ; wait = Math.min(2 * wait, 5000)) {
    try {
      const answer = await fetch(link + what, {method: "POST", keepalive: true});
      if (answer.status < 500) return answer;
    } catch { /* no network just now */ }
    await sleep(wait);
  }
}

function refusedBy(answer) {        // the page's state after a 4xx
  if (answer.status === 403) return "elsewhere";
  return urls || over ? "ended" : "expired";
}

// ---- the caller's choices

async function agree() {
  show("starting");
  const answer = await post("/consent");
  if (over) return;
  if (!answer.ok) return finish(refusedBy(answer));
  urls = await answer.json();
  facing = urls.camera;
  listen();
  keepAwake();
  cameraWork = cameraWork.then(film);
}

function decline() {
  choiceTold = post("/refusal");
  finish("declined");
}

function stop() {
  choiceTold = post(urls ? "/withdrawal" : "/refusal");
  finish("ended");                  // the camera is off at once, whenever the message arrives
}

// ---- the camera

function openCamera(which) {
  if (!navigator.mediaDevices) return Promise.reject(new DOMException("not a secure page", "NotSupportedError"));
  const facingMode = {ideal: which === "front" ? "user" : "environment"};
  const size = {width: {ideal: 640}, height: {ideal: 360}, frameRate: {ideal: 15, max: 30}};
  return navigator.mediaDevices.getUserMedia({video: {facingMode, ...size}, audio: false});
}

function stopCamera() {
  if (stream) stream.getTracks().forEach((track) => track.stop());
  stream = null;
  byId("preview").srcObject = null;
}

async function use(which) {         // Android opens one camera at a time: the old one must be closed
  stopCamera();
  const opened = await openCamera(which);
  if (over) return opened.getTracks().forEach((track) => track.stop());
  stream = opened;
  facing = which;
  const track = stream.getVideoTracks()[0];
  track.onended = () => { if (!over) noCamera(new DOMException("the phone took it away", "NotReadableError")); };
  track.onmute = () => goneDark(track);
  track.onunmute = () => cameOn(track);
  byId("preview").srcObject = stream;
  const sender = pc && pc.getSenders()[0];
  if (sender) await sender.replaceTrack(track);
}

let dark = null;                    // the track that gives no pictures just now, once the operator knows

async function goneDark(track) {    // a locked phone, or another app: it comes back by itself
  await sleep(1000);
  if (over || !track.muted || !stream || stream.getVideoTracks()[0] !== track) return;
  dark = track;
  say({failed: "camera", detail: "muted: the phone is locked, or another app has the camera"});
}

function cameOn(track) {
  if (over || dark !== track) return;
  dark = null;
  say({did: "camera", camera: facing});
}

function noCamera(error) {
  const denied = error.name === "NotAllowedError" || error.name === "SecurityError";
  byId("help-denied").hidden = !denied;
  byId("help-broken").hidden = denied;
  say({failed: "camera", detail: `${error.name}: ${error.message}`});
  show("no_camera");
}

async function film() {
  if (over) return;
  try {
    await use(facing);
  } catch (error) {
    return over || noCamera(error);
  }
  if (!pc) publish();
  else if (pc.connectionState === "connected") show("live");
}

async function switchCamera(wanted) {
  const before = facing;
  try {
    await use(wanted);
    say({did: "camera", camera: wanted});
  } catch (error) {
    say({failed: "camera", detail: `${error.name}: ${error.message}`});
    try { await use(before); } catch (worse) { if (!over) noCamera(worse); }
  }
}

// ---- the picture goes out (WHIP)

async function publish() {
  for (let wait = 500; !over; wait = Math.min(2 * wait, 4000)) {
    try {
      if (await publishOnce()) return;
    } catch { /* no network, or the service is starting again */ }
    if (!over) show("again");
    await sleep(wait);
  }
}

async function publishOnce() {
  if (pc) pc.close();
  const mine = pc = new RTCPeerConnection({iceServers: []});
  const track = stream ? stream.getVideoTracks()[0] : "video";
  const transceiver = mine.addTransceiver(track, {direction: "sendonly"});
  preferVp8(transceiver);
  mine.onconnectionstatechange = () => connectionChanged(mine);
  await mine.setLocalDescription();
  await gathered(mine, 2000);
  const headers = {"Content-Type": "application/sdp"};
  const answer = await fetch(urls.whip_url, {method: "POST", headers, body: mine.localDescription.sdp});
  if ([403, 404, 410].includes(answer.status)) { finish(refusedBy(answer)); return true; }
  if (!answer.ok || over) return over;
  const present = stream && stream.getVideoTracks()[0];
  if (present) await transceiver.sender.replaceTrack(present);   // it may have been switched meanwhile
  await mine.setRemoteDescription({type: "answer", sdp: await answer.text()});
  return true;
}

function preferVp8(transceiver) {
  const codecs = RTCRtpSender.getCapabilities("video").codecs;
  const vp8 = (codec) => codec.mimeType === "video/VP8";
  try {
    transceiver.setCodecPreferences([...codecs.filter(vp8), ...codecs.filter((codec) => !vp8(codec))]);
  } catch { /* an old browser: its own order will do */ }
}

function gathered(connection, ms) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  const complete = new Promise((done) => {
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && done();
  });
  return Promise.race([complete, sleep(ms)]);
}

async function connectionChanged(mine) {
  if (over || mine !== pc) return;
  if (mine.connectionState === "connected" && stream) show("live");
  if (mine.connectionState === "disconnected") {
    show("again");
    await sleep(4000);              // it often comes back by itself
  }
  if (!over && mine === pc && ["disconnected", "failed", "closed"].includes(mine.connectionState)) publish();
}

// ---- the line to the operator

const unsaid = [];                  // a camera may be denied before the line is open

function say(message) {
  unsaid.push(JSON.stringify(message));
  sayAll();
}

function sayAll() {
  while (unsaid.length && control && control.readyState === WebSocket.OPEN) control.send(unsaid.shift());
}

function listen() {
  const address = new URL(urls.control_url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const mine = control = new WebSocket(address);
  mine.onopen = sayAll;
  mine.onmessage = ({data}) => {
    const order = JSON.parse(data);
    if (order.do === "end") finish("ended");
    if (order.do === "camera") cameraWork = cameraWork.then(() => over || switchCamera(order.camera));
  };
  mine.onclose = async ({code}) => {
    if (over || mine !== control) return;
    if (code === REPLACED) return finish("elsewhere");
    await sleep(1000);
    const answer = await post("/consent");   // has it ended meanwhile?
    if (over) return;
    if (!answer.ok) return finish(refusedBy(answer));
    listen();
  };
}

async function keepAwake() {        // a screen that goes dark stops the camera
  try { awake = await navigator.wakeLock.request("screen"); } catch { /* not offered here */ }
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !urls || over) return;
  keepAwake();
  if (!stream || stream.getVideoTracks()[0].readyState === "ended") filmAgain();   // taken while nobody looked
});

async function minePermission() {   // where the browser tells: allowed at last, so film
  try {
    const permission = await navigator.permissions.query({name: "camera"});
    permission.onchange = () => {
      if (permission.state === "granted" && byId("state").dataset.state === "no_camera") filmAgain();
    };
  } catch { /* not offered here: there is the button */ }
}

function filmAgain() {
  show("starting");
  cameraWork = cameraWork.then(film);
}

byId("yes").onclick = agree;
byId("no").onclick = decline;
byId("stop").onclick = stop;
byId("retry").onclick = filmAgain;
byId(/iPhone|iPad/.test(navigator.userAgent) ? "steps-android" : "steps-iphone").hidden = true;
minePermission();

async function begin() {
  const answer = await post("/opened");
  if (!answer.ok) finish(refusedBy(answer));
  else if (document.querySelector("main").dataset.approved === "yes") agree();
  else show("ask");
}
begin();
