// The list of customers: one tab each, and the form for another one.

import { keyOf, spaced } from "./book.js";
import { h } from "./dom.js";
import { wordsOf } from "./fold.js";
import { clock, plain, titleOf } from "./words.js";


/** The letter of a name, or the end of a number. */
const faceOf = (name) => (name.startsWith("+") ? name.slice(-2) : [...name.replace(/[^\p{L}\p{N}]/gu, "")][0] || "?");

export class People {
  #root;
  #acts;
  #print = "";

  /** `acts` has open(key), beside(key), add(chat) and remove(key). */
  constructor(root, acts) {
    this.#root = root;
    this.#acts = acts;
    const form = root.querySelector(".newcomer");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(form);
      const customer = given.get("customer").replace(/[\s-]/g, "");
      acts.add({ customer, name: given.get("name").trim() || spaced(customer), channel: given.get("channel") });
      form.reset();
    });
    root.querySelector(".another").open = !matchMedia("(max-width: 720px)").matches;
    this.#tabs.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Offer the providers that are set up. */
  offer(senders) {
    const place = this.#root.querySelector(".providers");
    if (place.querySelector("input")) return;
    senders.forEach(({ channel }, n) => {
      const radio = h("input", { type: "radio", name: "channel", value: channel, checked: n === 0 });
      place.append(h("label", {}, radio, h("span", {}, titleOf(channel))));
    });
  }

  show(phones, shown, chats) {
    const told = phones.map((one) => {
      const key = keyOf(one);
      return { ...one, key, isShown: shown.includes(key), last: chats.of(key).at(-1), unread: chats.unread(key) };
    });
    const print = JSON.stringify(told);
    if (print === this.#print) return;
    this.#print = print;
    const focused = this.#tabs.contains(document.activeElement) && document.activeElement.dataset.focus;
    this.#tabs.replaceChildren(...told.map((one) => this.#entry(one, shown[0])));
    if (focused) this.#tabs.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Bring the tab of a customer into view. */
  reveal(key) {
    this.#tabs.querySelector(`[data-key="${CSS.escape(key)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  get #tabs() {
    return this.#root.querySelector(".tabs");
  }

  #entry({ key, name, channel, isShown, last, unread }, first) {
    const tab = h("button", {
      class: "tab", type: "button", role: "tab", "aria-selected": String(isShown), "aria-controls": isShown && `phone-${key}`,
      tabindex: key === first ? 0 : -1, "data-key": key, "data-focus": key, onclick: () => this.#acts.open(key),
    });
    tab.append(
      h("span", { class: `face face-${[...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6}`, "aria-hidden": "true" }, faceOf(name)),
      h("span", { class: "name", dir: "auto" }, name),
      h("span", { class: `through through-${channel}` }, titleOf(channel)),
      h("span", { class: "preview", dir: "auto" }, last ? plain(wordsOf(last)) : spaced(key.split("@")[0])),
      h("span", { class: "when" }, last ? clock(last.at) : ""),
      unread > 0 ? h("span", { class: "unread", "aria-label": `${unread} unread` }, String(unread)) : "",
    );
    const beside = h("button", {
      class: "round beside", type: "button", "aria-label": `${name} beside`, title: "Open beside", icon: "beside",
      "data-focus": `beside ${key}`, onclick: () => this.#acts.beside(key),
    });
    const away = h("button", {
      class: "round away", type: "button", "aria-label": `Remove ${name}`, title: "Remove", icon: "close",
      "data-focus": `away ${key}`, onclick: () => this.#acts.remove(key),
    });
    return h("div", { class: "entry", role: "presentation" }, tab, h("span", { class: "tools" }, !isShown && beside, away));
  }

  #onKey(event) {
    const tabs = [...this.#tabs.querySelectorAll(".tab")];
    const at = tabs.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    tab.focus();
    this.#acts.open(tab.dataset.key, { quietly: true });
  }
}
