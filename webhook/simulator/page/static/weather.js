// The faults in words.

import { titleOf } from "./words.js";


/** Mode -> its name on the switch, what it means, and as a part of a sentence. */
export const MODES = {
  ok: ["Works", "Takes and delivers what the business sends.", "works"],
  slow: ["Slow", "Takes a message at once and answers five seconds later.", "is slow"],
  throttle: ["429", "Refuses for now: too many requests. Meta says so with its own code in a 400.", "throttles"],
  error500: ["Down", "Answers 500 to every message.", "is down"],
  silent: ["Silent", "The same as Slow, and no status ever tells what became of the message.", "is slow and silent"],
  html: ["Bad gateway", "Something in front of the provider answers 502, and no JSON.", "is behind a bad gateway"],
  gateway: ["Lost answer", "Takes the message, but a gateway in front of it answers 502.", "takes messages behind a bad gateway"],
  drop: ["Hangs up", "Takes the message, then closes the connection without an answer.", "hangs up"],
  reject: ["Refuses", "Refuses every message for good.", "refuses"],
  fail: ["Fails later", "Takes a message, then reports that it failed.", "fails later"],
  twice: ["Duplicates", "Gives the webhook everything that customers write twice.", "delivers twice"],
};

/** Say a fault in a few words: "Meta is down (3 times)". */
export function describe({ channel, mode, customer, hits }) {
  const whom = customer ? ` for ${customer}` : "";
  const times = hits ? ` (${hits}×)` : "";
  return `${titleOf(channel)} ${MODES[mode]?.[2] || mode}${whom}${times}`;
}
