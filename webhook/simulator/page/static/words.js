// WhatsApp's way of writing: *bold*, _italic_, ~struck~, ```code```, links, and times of the day.

import { h } from "./dom.js";

const MARKED = /(^|[\s(["'.,:;!?-])(\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~|```[^`]+```)(?=$|[\s)\]"'.,:;!?-])|(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/g;
const ELEMENTS = { "*": "strong", _: "em", "~": "s", "`": "code" };

/** Return a text as nodes. */
export function written(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(MARKED)) {
    const [whole, before = "", marked, link] = found;
    nodes.push(text.slice(last, found.index) + before);
    if (link) {
      nodes.push(h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link));
    } else {
      const marks = marked.startsWith("```") ? 3 : 1;
      nodes.push(h(ELEMENTS[marked[0]], {}, marked.slice(marks, -marks)));
    }
    last = found.index + whole.length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== "");
}

/** Return a text without its marks, for where a line of plain text is shown. */
export const plain = (text) =>
  text.replace(MARKED, (whole, before = "", marked = "", link = "") => before + link + marked.replace(/^[*_~`]+|[*_~`]+$/g, ""));

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

export const clock = (at) => CLOCK.format(at);

/** Return the day as a separator in the chat says it. */
export function day(at) {
  const [then, now] = [new Date(at).toDateString(), new Date().toDateString()];
  return then === now ? "Today" : DAY.format(at);
}

/** The title of a provider: "Meta". */
export const titleOf = (channel) => channel[0].toUpperCase() + channel.slice(1);
