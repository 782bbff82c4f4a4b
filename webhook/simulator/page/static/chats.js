// What was said in each chat, as far as the simulator has told. It must not know what is on the screen.

import { keyOf } from "./book.js";

export class Chats {
  #chats = new Map();
  #seen = new Map();

  forget() {
    this.#chats.clear();
    this.#seen.clear();
  }

  /** Take in one message, new or changed; returns whether it is new. */
  take(bubble) {
    const key = keyOf(bubble);
    if (!this.#chats.has(key)) this.#chats.set(key, new Map());
    const chat = this.#chats.get(key);
    const isNew = !chat.has(bubble.id);
    chat.set(bubble.id, bubble);
    return isNew;
  }

  /** The messages of a chat, oldest first. */
  of(key) {
    return [...(this.#chats.get(key)?.values() || [])].sort((one, other) => one.n - other.n);
  }

  /** Note that somebody looks at a chat. */
  look(key) {
    this.#seen.set(key, this.of(key).at(-1)?.n || 0);
  }

  lookAtAll() {
    for (const key of this.#chats.keys()) this.look(key);
  }

  /** How many messages of the business nobody has looked at. */
  unread(key) {
    const seen = this.#seen.get(key) || 0;
    return this.of(key).filter((bubble) => !bubble.mine && bubble.n > seen).length;
  }
}
