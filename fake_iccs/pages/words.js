// What the seat page says: the words of its language (words.toml), filled in.

export const W = JSON.parse(document.getElementById("words").textContent);

const word = (fact) => W.names[fact] ?? fact ?? "–";

export const say = (text, facts = {}) => text.replace(/\{(\w+)\}/g, (_, key) => word(facts[key]));

/** What happened, in a sentence. */
export function wordsOf(event) {
  const how = HOW[event.event]?.(event) ?? event.how;
  return say(W.events[`${event.event} ${how}`] ?? W.events[event.event] ?? event.event, event);
}

const HOW = {
  "call.queued": ({ routed_from }) => routed_from && "routed",
  "camera.failed": whyNoCamera,
  "sms.failed": smsGoesOn,
};

function smsGoesOn({ final, next }) { // without `next` it was sent, and did not arrive
  if (final) return "final";
  return next?.startsWith("route") ? "rerouted" : next && "delayed";
}

function whyNoCamera({ detail }) { // the name of the browser's error comes first
  if (/^(NotAllowed|Security)Error/.test(detail)) return "denied";
  return /^muted/.test(detail) ? "dark" : undefined;
}
