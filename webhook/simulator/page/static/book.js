// Whose phones there are: those that somebody added, kept in this browser, and those that have written anyway.

const PLACE = "inturn.phones";
const MOST_SEEN = 20; // phones that nobody added: a replay has thousands
const NOBODY = "Simulated Customer"; // whoever writes through the API without a name
const FIRST = [
  { customer: "+201001234567", name: "Mona", channel: "meta" },
  { customer: "+201112223344", name: "ليلى", channel: "meta" },
  { customer: "+14155550123", name: "Sam", channel: "twilio" },
];

export const keyOf = ({ customer, channel }) => `${customer}@${channel}`;

/** Return the customer and channel of a key like `+201001234567@meta`; nothing if it is none. */
export function readKey(text) {
  const found = /^(\+\d{5,15}|(?:[A-Z]{2}|user)\.[A-Za-z0-9.]{1,132}|[a-z]+:\d{1,16})@([a-z]+)$/.exec(text);
  return found && { customer: found[1], channel: found[2] };
}

/** Return a number in groups, as people read it. */
export const spaced = (customer) =>
  customer.replace(/^(\+1|\+\d\d)(\d{3})(\d{3})(\d+)$/, "$1 $2 $3 $4");

export class Book {
  #added;
  #seen = new Map();

  constructor() {
    this.#added = new Map(stored().map((one) => [keyOf(one), one]));
  }

  /** All phones, those that were added first. */
  all() {
    const seen = [...this.#seen.values()].filter((one) => !this.#added.has(keyOf(one)));
    return [...this.#added.values(), ...seen.slice(-MOST_SEEN)];
  }

  /** The phone of a key, known or not. */
  get(key) {
    const known = this.#added.get(key) || this.#seen.get(key);
    const read = readKey(key);
    return known || (read && { ...read, name: spaced(read.customer) });
  }

  add(one) {
    this.#added.set(keyOf(one), one);
    this.#store();
  }

  /** Take a phone out of the list; it comes back when it writes. */
  remove(key) {
    this.#added.delete(key);
    this.#seen.delete(key);
    this.#store();
  }

  /** Note a phone that has written or was written to; the newest is the last. */
  saw({ customer, channel, name }) {
    const key = keyOf({ customer, channel });
    const known = this.#seen.get(key);
    this.#seen.delete(key);
    const said = name === NOBODY ? undefined : name;
    this.#seen.set(key, { customer, channel, name: said || known?.name || spaced(customer) });
  }

  #store() {
    try {
      localStorage.setItem(PLACE, JSON.stringify([...this.#added.values()]));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  }
}

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE));
    return Array.isArray(kept) ? kept.filter((one) => one && readKey(keyOf(one))) : FIRST;
  } catch {
    return FIRST;
  }
}
