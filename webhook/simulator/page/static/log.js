// Keeps the messages of one phone on the screen: draws what changed, and stays at the newest.

import { draw } from "./bubble.js";
import { h } from "./dom.js";
import { fold } from "./fold.js";
import { day } from "./words.js";

const NEAR = 120; // px from the end within which somebody is reading the newest

export class Log {
  #place;
  #drawn = new Map(); // id -> { print, element }
  #typing = h("div", { class: "typing", role: "img", "aria-label": "typing", hidden: true }, h("i"), h("i"), h("i"));
  #sticks = true; // whether it stays at the newest message
  #empty = h("p", { class: "empty" }, "Nothing was said yet. Write something, or take one of the phrases below.");

  constructor(place) {
    this.#place = place;
    place.addEventListener("scroll", () => {
      this.#sticks = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
    });
    // The attachments and a long text take room from below.
    new ResizeObserver(() => this.#stick()).observe(place);
  }

  /** Start with an empty screen, for another chat. */
  reset() {
    this.#drawn.clear();
    this.#sticks = true;
    this.#place.replaceChildren();
  }

  show(bubbles, { carries, acts, typing }) {
    const shown = fold(bubbles);
    const elements = [];
    let last = "";
    for (const bubble of shown) {
      const today = day(bubble.at);
      if (today !== last) elements.push(this.#keep(`day ${today}`, today, () => h("p", { class: "day" }, h("span", {}, today))));
      last = today;
      elements.push(this.#keep(bubble.id, JSON.stringify(bubble), () => draw(bubble, carries, acts)));
    }
    this.#typing.hidden = !typing;
    this.#arrange([...(shown.length ? elements : [this.#empty]), this.#typing]);
    this.#stick();
  }

  #stick() {
    if (this.#sticks) this.#place.scrollTop = this.#place.scrollHeight;
  }

  #keep(id, print, make) {
    const known = this.#drawn.get(id);
    if (known?.print === print) return known.element;
    const element = make();
    if (known) hand(known.element, element);
    this.#drawn.set(id, { print, element });
    return element;
  }

  /** Bring the elements into their order and touch only those that are out of it. */
  #arrange(elements) {
    const wanted = new Set(elements);
    for (const child of [...this.#place.children]) if (!wanted.has(child)) child.remove();
    elements.forEach((element, n) => {
      if (this.#place.children[n] !== element) this.#place.insertBefore(element, this.#place.children[n] || null);
    });
  }
}

/** Put a new element in the place of an old one, and the focus with it. */
function hand(old, element) {
  const buttons = [...old.querySelectorAll("button")];
  const focused = buttons.indexOf(document.activeElement);
  old.replaceWith(element);
  if (focused >= 0) element.querySelectorAll("button")[focused]?.focus();
}
