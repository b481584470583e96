// Runs in every page before its own scripts. Chromium has one fake camera, fed from a file that it opens anew
// on every getUserMedia. This makes the page see two (Android's names), tells the phone how its connections
// fare, and plays a dark screen: the page is hidden, its camera's track is muted and nothing is sent.
(() => {
  const devices = navigator.mediaDevices;
  if (!devices) return; // not a secure context: the page has no camera, as on a real phone
  const CAMERAS = [
    { facing: "back", mode: "environment", deviceId: "camera-0", label: "camera2 0, facing back" },
    { facing: "front", mode: "user", deviceId: "camera-1", label: "camera2 1, facing front" },
  ];
  let open = null; // { camera, track } of the camera that runs

  const wanted = (constraint) => {
    const value = constraint?.exact ?? constraint?.ideal ?? constraint;
    return Array.isArray(value) ? value[0] : value;
  };
  const pick = (video) =>
    CAMERAS.find((c) => c.deviceId === wanted(video.deviceId)) ??
    CAMERAS.find((c) => c.mode === wanted(video.facingMode)) ??
    CAMERAS[0];

  const dress = (track, camera) => {
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId: camera.deviceId, facingMode: camera.mode });
    Object.defineProperty(track, "label", { value: camera.label });
  };

  const getUserMedia = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    if (!constraints?.video) return getUserMedia(constraints);
    const { deviceId, facingMode, ...video } = constraints.video === true ? {} : constraints.video;
    const camera = pick({ deviceId, facingMode });
    if (dark) throw new DOMException("Could not start video source", "NotReadableError");
    if (open && open.track.readyState === "live" && open.camera !== camera) // one at a time, as on Android
      throw new DOMException("Could not start video source", "NotReadableError");
    await window.__phoneHolds(camera.facing);
    let stream;
    try {
      stream = await getUserMedia({ ...constraints, video });
    } catch (error) {
      window.__phoneTells({ camera_failed: error.name });
      throw error;
    }
    const [track] = stream.getVideoTracks();
    dress(track, camera);
    open = { camera, track };
    return stream;
  };

  const enumerate = devices.enumerateDevices.bind(devices);
  devices.enumerateDevices = async () => [
    ...(await enumerate()).filter((device) => device.kind !== "videoinput"),
    ...CAMERAS.map(({ deviceId, label }) => ({ kind: "videoinput", groupId: "", deviceId, label })),
  ];

  const connections = new Set();
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...args) {
      super(...args);
      connections.add(this);
      const by = `${performance.timeOrigin}/${connections.size}`;
      this.addEventListener("connectionstatechange", () =>
        window.__phoneTells({ connection: this.connectionState }));
      const counting = setInterval(async () => {
        if (this.connectionState === "closed") return clearInterval(counting);
        for (const stat of (await this.getStats()).values())
          if (stat.type === "outbound-rtp") window.__phoneTells({ frames_sent: stat.framesSent ?? 0, by });
      }, 250);
    }
  };

  let dark = false;
  const silenced = new Map(); // sender -> the track that it sent before the screen went dark
  Object.defineProperty(document, "visibilityState", { get: () => (dark ? "hidden" : "visible") });
  Object.defineProperty(document, "hidden", { get: () => dark });

  const mute = (track, muted) => {
    Object.defineProperty(track, "muted", { value: muted, configurable: true });
    track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  };

  window.__phoneDark = async (becomes) => {
    if (dark === becomes) return;
    dark = becomes;
    document.dispatchEvent(new Event("visibilitychange"));
    if (dark) {
      const senders = [...connections].flatMap((each) => each.getSenders()).filter(({ track }) => track);
      for (const sender of senders) {
        silenced.set(sender, sender.track);
        await sender.replaceTrack(null);
      }
      if (open?.track.readyState === "live") mute(open.track, true);
    } else {
      for (const [sender, track] of silenced)
        if (!sender.track && track.readyState === "live") await sender.replaceTrack(track).catch(() => {});
      silenced.clear();
      if (open?.track.readyState === "live") mute(open.track, false);
    }
  };
})();
