// The sheet that comes up from below in a phone: the rows of a list, or what can be done with a message.

import { h } from "./dom.js";

export class Sheet {
  #place;
  #behind;
  #before = null;

  /** `place` is the sheet's own element; the elements in `behind` cannot be used while it is open. */
  constructor(place, behind) {
    this.#place = place;
    this.#behind = behind;
    place.addEventListener("keydown", (event) => this.#onKey(event));
    place.addEventListener("click", (event) => event.target === place && this.close());
  }

  /** Ask for one of some choices `{ title, description, key, take }`. */
  ask(heading, choices) {
    this.#before = document.activeElement;
    const shut = h("button", { class: "round", type: "button", "aria-label": "Close", icon: "close", onclick: () => this.close() });
    const options = choices.map(({ title, description, key, take }) => {
      const words = [h("b", { dir: "auto" }, title), description && h("small", { dir: "auto" }, description)];
      const pick = () => {
        this.close();
        take();
      };
      return h("li", {}, h("button", { type: "button", "data-key": key, onclick: pick }, words));
    });
    this.#place.setAttribute("aria-label", heading);
    this.#place.replaceChildren(
      h("div", { class: "pane" }, h("header", {}, shut, h("h3", { dir: "auto" }, heading)), h("ul", {}, options)),
    );
    this.#place.hidden = false;
    for (const element of this.#behind) element.inert = true;
    this.#place.querySelector("li button")?.focus();
  }

  close() {
    if (this.#place.hidden) return;
    this.#place.hidden = true;
    for (const element of this.#behind) element.inert = false;
    if (this.#before?.isConnected) this.#before.focus();
  }

  #onKey(event) {
    const options = [...this.#place.querySelectorAll("li button")];
    const at = options.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (step) options[(at + step + options.length) % options.length]?.focus();
    else return;
    event.preventDefault();
  }
}
