// The picture: watches one session by WHEP, asks again while nobody publishes, and goes dark at once.

const AGAIN_MS = 500; // after a 409: nobody publishes yet
const AFTER_TROUBLE_MS = 2000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Picture {
  constructor(video, changed) {
    Object.assign(this, { video, changed, session: null, barred: null, running: null });
    this.drop("waiting");
  }

  // waiting (nobody publishes yet), connecting, playing, lost, failed; and for how long no new frame came
  state() {
    const still_s = this.frame_ms ? Math.floor((performance.now() - this.frame_ms) / 1000) : 0;
    return { state: this.now, detail: this.detail, still_s };
  }

  show({ session, whep_url, whep_token }) {
    if (session === this.session || session === this.barred) return;
    this.stop();
    this.session = session;
    this.running = new AbortController();
    this.watch(whep_url, { Authorization: `Bearer ${whep_token}` }, this.running.signal);
  }

  stop() {
    this.running?.abort();
    this.drop("waiting");
    this.session = this.running = null;
  }

  bar() { // stop, and do not show this session again unless let()
    this.barred = this.session;
    this.stop();
  }

  let() { this.barred = null; }

  again() { this.over?.(); } // nobody publishes any more: wait for the next

  drop(now, detail = "") {
    this.connection?.close();
    Object.assign(this, { connection: null, over: null, frame_ms: 0, now, detail });
    this.video.srcObject = null;
  }

  become(now) {
    if (this.now === now) return;
    this.now = now;
    this.changed();
  }

  async watch(url, bearer, signal) {
    while (!signal.aborted) {
      try {
        await this.once(url, bearer, signal);
        if (!signal.aborted) this.drop("lost");
      } catch (error) {
        if (!signal.aborted) this.drop("failed", error.message);
      }
      if (signal.aborted) return;
      this.changed();
      await pause(this.now === "failed" ? AFTER_TROUBLE_MS : AGAIN_MS);
    }
  }

  async once(url, bearer, signal) { // one connection, from its offer to its end
    const connection = this.connection = new RTCPeerConnection();
    const over = new Promise((done) => {
      this.over = done;
      signal.addEventListener("abort", done, { once: true });
      connection.onconnectionstatechange = () => {
        if (["failed", "closed"].includes(connection.connectionState)) done();
      };
    });
    connection.ontrack = ({ track }) => { if (!signal.aborted) this.play(track); };
    connection.addTransceiver("video", { direction: "recvonly" });
    await connection.setLocalDescription();
    for (let n = 0; connection.iceGatheringState !== "complete" && n < 40; n += 1) await pause(50);
    const answer = await this.joined(url, bearer, connection.localDescription.sdp, signal);
    const left = answer.headers.get("Location");
    this.become("connecting");
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    await over;
    if (left) fetch(new URL(left, url), { method: "DELETE", headers: bearer }).catch(() => {}); // it is gone
  }

  async joined(url, bearer, body, signal) {
    const headers = { ...bearer, "Content-Type": "application/sdp" };
    for (;;) {
      const answer = await fetch(url, { method: "POST", headers, body, signal });
      if (answer.ok) return answer;
      if (answer.status !== 409) {
        const { detail } = await answer.json().catch(() => ({}));
        throw new Error(`${answer.status} ${detail ?? answer.statusText}`);
      }
      await pause(AGAIN_MS);
      signal.throwIfAborted();
    }
  }

  play(track) {
    const stream = this.video.srcObject = new MediaStream([track]);
    const seen = () => {
      if (this.video.srcObject !== stream) return;
      this.frame_ms = performance.now();
      this.become("playing");
      this.video.requestVideoFrameCallback(seen);
    };
    this.video.requestVideoFrameCallback(seen);
  }
}
