// Draws one message of a chat.

import { card } from "./cards.js";
import { h } from "./dom.js";
import { clock, written } from "./words.js";

const TICKS = {
  accepted: ["clock", "accepted by the provider"],
  delivered: ["ticks", "delivered"],
  failed: ["alert", "failed"],
  read: ["ticks", "read"],
  sent: ["tick", "sent"],
};
const WHOSE = { true: "You", false: "Business" };

/**
 * Return the element of a message.
 *
 * `acts` has what can be done with it: tap(bubble, button), open(bubble), fill(bubble), place(bubble), more(bubble, place),
 * again(bubble).
 */
export function draw(bubble, carries, acts) {
  const { message, mine } = bubble;
  const side = mine ? "mine" : `theirs${bubble.status === "failed" ? " is-lost" : ""}`;
  const kind = message.kind || message.type;
  const parts = bubble.deleted
    ? [h("p", { class: "text gone" }, "This message was deleted")]
    : [bubble.quoted && quote(bubble.quoted), card(kind, message, bubble.file || message.media?.file), text(message)];
  const more = h("button", { class: "more", type: "button", "aria-label": "More", icon: "more" });
  more.addEventListener("click", () => acts.more(bubble, more));
  const body = h("div", { class: "body" }, parts, meta(bubble), more);
  return h(
    "article",
    { class: `bubble ${side} of-${kind}`, "data-id": bubble.id, "aria-label": `${WHOSE[mine]}, ${clock(bubble.at)}` },
    body,
    bubble.reactions.length > 0 && h("p", { class: "reactions", "aria-label": "Reaction" }, bubble.reactions.join(" ")),
    bubble.problem && problem(bubble, acts),
    answers(bubble, carries, acts),
  );
}

function text(message) {
  const words = (message.button || message.row)?.title || message.text;
  return [
    message.header && h("p", { class: "text", dir: "auto" }, h("b", {}, message.header)),
    words && h("p", { class: "text", dir: "auto" }, written(words)),
    message.footer && h("p", { class: "text" }, h("small", { dir: "auto" }, message.footer)),
  ];
}

const quote = ({ mine, words }) =>
  h("blockquote", { class: mine ? "of-mine" : "of-theirs" }, h("b", {}, WHOSE[mine]), h("span", { dir: "auto" }, words));

function meta(bubble) {
  const [drawing, words] = TICKS[bubble.status] || TICKS.sent;
  return h(
    "footer",
    { class: "meta" },
    bubble.edited && "edited ",
    bubble.posts > 1 && h("span", { class: "twice", title: `given to the webhook ${bubble.posts} times` }, `×${bubble.posts}`),
    h("time", { datetime: new Date(bubble.at).toISOString() }, clock(bubble.at)),
    h("span", { class: `status is-${bubble.status}`, role: "img", "aria-label": words, title: words, icon: drawing }),
  );
}

function problem(bubble, acts) {
  const again = bubble.mine && h("button", { class: "again", type: "button", onclick: () => acts.again(bubble) }, "Try again");
  const words = bubble.mine ? bubble.problem : `Never reached the customer: ${bubble.problem}`;
  return h("p", { class: "problem" }, words, again && " ", again);
}

/** What the customer can tap: buttons, or the one that opens a list. */
function answers(bubble, carries, acts) {
  const { message, mine, deleted, chosen, status } = bubble;
  if (mine || deleted || status === "failed") return null;
  const taps = (message.buttons || []).map((button) => {
    const was = chosen.includes(button.id);
    const name = h("span", { dir: "auto" }, button.title);
    const said = { class: was ? "was" : "", type: "button", "aria-pressed": String(was), "data-button": button.id };
    const place = h("button", { ...said, disabled: !carries.has("button") }, name);
    place.addEventListener("click", () => acts.tap(bubble, button));
    return place;
  });
  if (message.rows?.length) {
    const label = h("span", { dir: "auto" }, message.opens || "Options");
    taps.push(h("button", { type: "button", class: "opens", icon: "list", onclick: () => acts.open(bubble) }, label));
  }
  if (message.opens && !message.rows?.length) taps.push(asks(message.opens, "document", carries.has("form"), () => acts.fill(bubble)));
  if (message.asksLocation) taps.push(asks("Send location", "location", carries.has("location"), () => acts.place(bubble)));
  if (message.link) {
    const away = { class: "opens", href: message.link.id, target: "_blank", rel: "noopener noreferrer" };
    taps.push(h("a", away, h("span", { dir: "auto" }, message.link.title)));
  }
  return taps.length > 0 && h("div", { class: "answers" }, taps);
}

/** A button that answers with something of its own: a form, a place. */
function asks(title, drawing, isCarried, take) {
  const what = { type: "button", class: "opens", icon: drawing, disabled: !isCarried, onclick: take };
  return h("button", what, h("span", { dir: "auto" }, title));
}
