// One phone on the screen: whose it is, its chat, and what the customer does on it.

import { write } from "./api.js";
import { spaced } from "./book.js";
import { Composer } from "./composer.js";
import { announce, fillIcons } from "./dom.js";
import { describe } from "./weather.js";
import { Log } from "./log.js";
import { ANSWERS, ATTACHMENTS } from "./samples.js";
import { Sheet } from "./sheet.js";
import { clock, titleOf } from "./words.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "🙏"];

export class Phone {
  #log;
  #composer;
  #sheet;
  #chat = null;
  #carries = new Set();
  #timer = 0;
  #part = (name) => this.element.querySelector(name);

  /** `go(where)` goes to "people" or "faults", `shut(phone)` closes this one. */
  constructor({ go, shut }) {
    this.element = document.querySelector("#phone").content.firstElementChild.cloneNode(true);
    fillIcons(this.element);
    this.#log = new Log(this.#part(".log"));
    this.#composer = new Composer(this.element, (fields) => this.#say(fields));
    const behind = [".bar", ".log", ".phrases", ".composer"].map(this.#part);
    this.#sheet = new Sheet(this.#part(".sheet"), behind);
    this.#part(".back").addEventListener("click", () => go("people"));
    this.#part(".to-faults").addEventListener("click", () => go("faults"));
    this.#part(".shut").addEventListener("click", () => shut(this));
  }

  /** Give the phone to a customer. */
  hold(chat, sender, key) {
    this.#chat = chat;
    this.key = key;
    this.element.id = `phone ${key}`.replaceAll(" ", "-");
    this.element.dataset.key = key;
    this.element.setAttribute("aria-label", `Phone of ${chat.name}, ${titleOf(chat.channel)}`);
    this.#carries = new Set(sender?.carries);
    this.#part(".sender").textContent = sender ? spaced(sender.number) : "no sender";
    this.#log.reset();
    this.#sheet.close();
    this.#composer.offer(chat.channel, this.#carries);
  }

  focus() {
    this.#composer.focus();
  }

  /** Show the chat as it is now. */
  show(bubbles, faults) {
    const typingUntil = Math.max(0, ...bubbles.map((bubble) => bubble.typingUntil || 0));
    const typing = typingUntil > Date.now();
    clearTimeout(this.#timer);
    if (typing) this.#timer = setTimeout(() => this.show(bubbles, faults), typingUntil - Date.now() + 50);
    const presence = this.#part(".presence");
    presence.textContent = typing ? "typing…" : `${this.#chat.name} · ${titleOf(this.#chat.channel)}`;
    presence.classList.toggle("is-typing", typing);
    this.#part(".time").textContent = clock(Date.now());
    const flag = this.#part(".flag");
    const words = faults.map(describe).join(" · ");
    if (flag.textContent !== words) flag.textContent = words;
    flag.hidden = faults.length === 0;
    this.#log.show(bubbles, { carries: this.#carries, acts: this.#acts, typing });
  }

  async #say(fields) {
    const wrong = await write(this.#chat, fields);
    if (wrong) announce(`Not sent: ${wrong}`);
    const flag = this.#part(".flag");
    if (wrong) [flag.textContent, flag.hidden] = [`Not sent: ${wrong}`, false];
    return wrong;
  }

  #acts = {
    tap: ({ id }, button) => this.#say({ kind: "button", button, replyTo: id }),
    open: ({ id, message }) =>
      this.#sheet.ask(
        message.opens || "Options",
        message.rows.map((row) => ({ ...row, key: row.id, take: () => this.#say({ kind: "choice", row, replyTo: id }) })),
      ),
    fill: ({ id }) => this.#say({ kind: "form", details: ANSWERS, replyTo: id }),
    place: ({ id }) => this.#say({ kind: "location", ...ATTACHMENTS.location[1](), replyTo: id }),
    again: ({ id, message }) => this.#say({ ...message, id }),
    more: (bubble) => this.#sheet.ask("This message", this.#choices(bubble)),
  };

  #choices(bubble) {
    const { id, mine, message, reactions } = bubble;
    const kinds = this.#carries;
    const choices = [{ title: "Reply", key: "reply", take: () => this.#composer.about({ verb: "reply", bubble }) }];
    const react = (emoji) => () => this.#say({ kind: "reaction", text: emoji, replyTo: id });
    if (kinds.has("reaction") && reactions.length) choices.push({ title: "Take the reaction back", key: "unreact", take: react("") });
    else if (kinds.has("reaction")) choices.push(...EMOJI.map((emoji) => ({ title: `React ${emoji}`, key: emoji, take: react(emoji) })));
    if (!mine) return choices;
    if (kinds.has("edit") && message.kind === "text")
      choices.push({ title: "Edit", key: "edit", take: () => this.#composer.about({ verb: "edit", bubble }) });
    if (kinds.has("revoke"))
      choices.push({ title: "Delete for everyone", key: "revoke", take: () => this.#say({ kind: "revoke", replyTo: id }) });
    const why = "The provider posts it once more, with the same id";
    choices.push({ title: "Redeliver", description: why, key: "again", take: () => this.#acts.again(bubble) });
    return choices;
  }
}
