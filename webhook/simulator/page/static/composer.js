// Where the customer writes: the text, what it replies to, the attachments and the quick phrases of one phone.

import { fillIcons, h } from "./dom.js";
import { wordsOf } from "./fold.js";
import { ATTACHMENTS, PHRASES, kindOf } from "./samples.js";

const HIGHEST = 120; // px

export class Composer {
  #root;
  #text;
  #send;
  #about = null; // { verb: "reply" | "edit", bubble }

  /** `send(fields)` returns a promise of what went wrong. */
  constructor(root, send) {
    this.#root = root;
    this.#send = send;
    this.#text = root.querySelector("textarea");
    const form = root.querySelector(".composer");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    this.#text.addEventListener("input", () => this.#fit());
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#write();
      }
      if (event.key === "Escape") this.about(null);
    });
    root.querySelector(".quoting button").addEventListener("click", () => this.about(null));
    root.querySelector(".attach").addEventListener("click", () => this.#tray(this.#attachments.hidden));
    root.querySelector(".tray").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#tray(false);
      root.querySelector(".attach").focus();
    });
  }

  /** Offer what a provider carries. */
  offer(channel, carries) {
    const kinds = Object.entries(ATTACHMENTS).filter(([kind]) => carries.has(kind));
    this.#attachments.replaceChildren(
      ...kinds.map(([kind, [words, fields]]) =>
        h("button", { type: "button", "data-kind": kind, onclick: () => this.#attach(kind, fields) },
          h("span", { class: "badge", "data-icon": kind }), words)),
      ...(carries.has("document") ? [this.#ownFile(carries)] : []),
    );
    fillIcons(this.#attachments);
    this.#root.querySelector(".phrases").replaceChildren(
      ...(PHRASES[channel] || PHRASES.meta).map((text) => h("button", { type: "button", dir: "auto", onclick: () => this.#send({ text }) }, text)),
    );
    this.#tray(false);
    this.about(null);
  }

  /** Let the next text reply to a message, or edit it; null is neither. */
  about(what) {
    this.#about = what;
    const place = this.#root.querySelector(".quoting");
    place.hidden = !what;
    if (!what) return;
    place.querySelector("p").replaceChildren(h("b", {}, what.verb === "edit" ? "Edit" : "Reply to"), " ", wordsOf(what.bubble));
    if (what.verb === "edit") this.#text.value = what.bubble.message.text || "";
    this.focus();
  }

  focus() {
    this.#text.focus();
    this.#fit();
  }

  get #attachments() {
    return this.#root.querySelector(".tray");
  }

  async #write() {
    const text = this.#text.value;
    if (!text.trim()) return;
    const about = this.#about;
    const replyTo = about?.bubble.id;
    this.#text.value = "";
    this.#fit();
    this.about(null);
    const wrong = await this.#send({ text, ...(about && { replyTo, kind: about.verb === "edit" ? "edit" : "text" }) });
    // What could not even be handed to the simulator is given back.
    if (wrong && !this.#text.value) {
      this.#text.value = text;
      this.#fit();
    }
  }

  /** The way to send a file of one's own. */
  #ownFile(carries) {
    const input = h("input", { type: "file", hidden: true, "aria-label": "A file of your own" });
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (!file) return;
      const kind = carries.has(kindOf(file)) ? kindOf(file) : "document";
      this.#attach(kind, (text) => ({ text, file, filename: file.name }));
      input.value = "";
    });
    return h("button", { type: "button", "data-kind": "file", onclick: () => input.click() },
      h("span", { class: "badge", "data-icon": "document" }), "File", input);
  }

  #attach(kind, fields) {
    const text = this.#text.value.trim();
    const sent = fields(text);
    if (sent.text) {
      this.#text.value = "";
      this.#fit();
    }
    this.#tray(false);
    this.#send({ kind, ...sent });
  }

  #tray(isOpen) {
    this.#attachments.hidden = !isOpen;
    this.#root.querySelector(".attach").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#attachments.querySelector("button")?.focus();
  }

  #fit() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, HIGHEST)}px`;
  }
}
