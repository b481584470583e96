// The page: looks at the program once a second while somebody looks at the page, and says when it has gone.
import { $, NoAnswer, Refused, W, clock, put, say } from "/page/rest.js";
import { lookAtCarriers } from "/page/carriers.js";
import { whenDone } from "/page/dialogs.js";
import { lookAtPhones } from "/page/phones.js";
import { lookAtTraffic } from "/page/traffic.js";

const EVERY_MS = 1000;
let heard = null; // when the program last answered
let wake = () => {};

async function look() {
  try {
    await Promise.all([lookAtCarriers(), lookAtPhones(), lookAtTraffic()]);
    heard = clock(new Date());
    put($("updated"), say(W.updated, { time: heard }));
    put($("contact"), "");
    document.body.classList.remove("lost");
  } catch (error) {
    const isLost = error instanceof NoAnswer;
    const words = isLost ? (heard ? W.lost : W.lost_at_once) : W.answered;
    put($("contact"), say(words, { time: heard, text: error.message }));
    document.body.classList.toggle("lost", isLost);
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error; // a fault of the page's own
  }
}

const moment = () => new Promise((done) => { wake = done; setTimeout(done, EVERY_MS); });

async function watch() {
  for (;;) {
    if (!document.hidden) await look();
    await moment();
  }
}

document.onvisibilitychange = () => wake();
whenDone(() => wake());
watch();
