// Draws what a message carries beside its text. The simulator has no bytes, so pictures are stand-ins.

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
  contacts: ({ details }) => strip("contacts", details?.name?.formatted_name || "Contact", details?.phones?.[0]?.phone || ""),
  document: ({ filename }) => strip("document", filename || "Document", "PDF"),
  image: () => still("photo", "Photo"),
  location: ({ location }) => [
    still("map", "Map"),
    h("p", { class: "place" }, h("b", { dir: "auto" }, location?.name || "Location"),
      location && h("small", {}, location.address || `${location.latitude}, ${location.longitude}`)),
  ],
  reaction: ({ text }) => !text && h("p", { class: "text gone" }, "took a reaction back"),
  sticker: () => h("img", { class: "sticker", src: "/simulator/page/sticker.svg", alt: "Sticker", width: 120, height: 120 }),
  template: () => h("p", { class: "text gone" }, "template"),
  video: () => h("div", { class: "film" }, still("photo", "Video"), h("span", { class: "badge", icon: "play" })),
  voice: () => sound("voice"),
};

/** Return the card of a kind of message; nothing where the text is all. */
export function card(kind, message) {
  if (CARDS[kind]) return CARDS[kind](message);
  const isPlain = ["text", "interactive", "button", "choice"].includes(kind);
  return isPlain ? null : h("p", { class: "text gone" }, kind);
}
