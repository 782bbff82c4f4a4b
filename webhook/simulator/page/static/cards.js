// Draws what a message carries beside its text: the file itself where the simulator has it, else a stand-in.

import { h } from "./dom.js";

const WAVE = [4, 9, 14, 7, 11, 18, 12, 6, 15, 20, 13, 8, 16, 10, 5, 12, 17, 9, 6, 11, 7, 4];

const still = (name, words) =>
  h("img", { class: "still", src: `/simulator/page/${name}.svg`, alt: words, width: 260, height: 170 });

const strip = (icon, title, below) =>
  h("div", { class: "strip" }, h("span", { class: "badge", icon }), h("div", {}, h("b", { dir: "auto" }, title), h("small", {}, below)));

const sound = (icon) =>
  h("div", { class: "sound" }, h("span", { class: "badge", icon }), h("span", { class: "wave", "aria-hidden": "true" }, WAVE.map(bar)),
    h("small", {}, "0:07"));

const bar = (height) => {
  const one = h("i");
  one.style.height = `${height}px`;
  return one;
};

const CARDS = {
  audio: () => sound("audio"),
  contacts: ({ details, contacts }) => (contacts?.length ? contacts : [details]).map((one) =>
    strip("contacts", one?.name?.formatted_name || "Contact",
      [...(one?.phones || []).map(({ phone }) => phone), ...(one?.emails || []).map(({ email }) => email)].join(" · "))),
  document: ({ filename, mimeType }) => strip("document", filename || "Document", typeOf(mimeType)),
  form: ({ details }) => strip("document", "Form", written(details)),
  image: () => still("photo", "Photo"),
  location: ({ location }) => [
    still("map", "Map"),
    h("p", { class: "place" }, h("b", { dir: "auto" }, location?.name || "Location"),
      location && h("small", {}, location.address || `${location.latitude}, ${location.longitude}`)),
  ],
  order: ({ details }) => strip("shop", "Order", (details?.product_items || []).map((one) => one.product_retailer_id).join(", ")),
  reaction: ({ text }) => !text && h("p", { class: "text gone" }, "took a reaction back"),
  sticker: () => h("img", { class: "sticker", src: "/simulator/page/sticker.svg", alt: "Sticker", width: 120, height: 120 }),
  template: ({ template }) => h("p", { class: "text gone" }, `template ${template || ""}`),
  video: () => h("div", { class: "film" }, still("photo", "Video"), h("span", { class: "badge", icon: "play" })),
  voice: () => sound("voice"),
};

/** The answers of a form, without its token. */
const written = (answers) =>
  Object.entries(answers || {}).filter(([name]) => name !== "flow_token").map(([name, value]) => `${name}: ${value}`).join(" · ");

/** The short name of a type: "application/pdf" is PDF. */
const typeOf = (mimeType) => (mimeType || "application/pdf").split(/[/;]/)[1].toUpperCase().slice(0, 8);

/** What a medium of the business is shown as; Twilio does not say it, so its type does. */
function familyOf({ kind, mimeType }) {
  if (FILES[kind]) return kind;
  const [family] = (mimeType || "").split("/");
  return FILES[family] ? family : "document";
}

const source = (file) => `/simulator/files/${encodeURIComponent(file)}`;

const FILES = {
  audio: (file) => h("audio", { class: "heard", controls: true, preload: "metadata", src: source(file) }),
  document: (file, { filename, mimeType }) =>
    h("a", { class: "file", href: source(file), target: "_blank", rel: "noopener" }, CARDS.document({ filename, mimeType })),
  image: (file) => h("img", { class: "still", src: source(file), alt: "Photo", width: 260 }),
  sticker: (file) => h("img", { class: "sticker", src: source(file), alt: "Sticker", width: 120, height: 120 }),
  video: (file) => h("video", { class: "still", controls: true, preload: "metadata", src: source(file), width: 260 }),
};
FILES.voice = FILES.audio;

/** Return the card of a kind of message, with what is attached to it; nothing where the text is all. */
export function card(kind, message, file) {
  const what = message.media ? familyOf(message.media) : kind;
  if (file && FILES[what]) return FILES[what](file, message.media || message);
  if (message.media) return h("p", { class: "text gone" }, `${what} from ${message.media.link || "an upload"}`);
  if (CARDS[kind]) return CARDS[kind](message);
  const isPlain = ["text", "interactive", "button", "choice", "content"].includes(kind);
  return isPlain ? null : h("p", { class: "text gone" }, kind);
}
