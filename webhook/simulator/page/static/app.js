// Puts the page together: who is shown, what the simulator tells, where one is on a small screen.

import { Book, keyOf } from "./book.js";
import { Chats } from "./chats.js";
import { announce, fillIcons } from "./dom.js";
import { Faults } from "./faults.js";
import { follow } from "./feed.js";
import { wordsOf } from "./fold.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { plain } from "./words.js";

const MOST_PHONES = 2;
const TITLE = document.title;

const book = new Book();
const chats = new Chats();
const phones = [];
let faults = [];
let senders = [];
let hasBegun = false;

const faultsPanel = new Faults(document.querySelector(".faults"));
const people = new People(document.querySelector(".people"), { open, beside, add, remove });

fillIcons(document);
for (const button of document.querySelectorAll(".people .to-faults")) button.addEventListener("click", () => go("faults"));
document.querySelector(".from-faults").addEventListener("click", () => go(phones.length ? "phone" : "people"));
window.addEventListener("hashchange", fromAddress);
document.addEventListener("visibilitychange", draw);
follow(take, linked);

/** Take in what the simulator tells. */
function take(told, isFresh) {
  if (isFresh) chats.forget();
  ({ faults, lines: senders } = told);
  const fresh = told.bubbles.filter((bubble) => {
    book.saw({ ...bubble, name: bubble.mine ? bubble.message.name : undefined });
    return chats.take(bubble);
  });
  people.offer(senders);
  if (isFresh) chats.lookAtAll();
  if (!hasBegun) fromAddress();
  else for (const bubble of fresh) if (!bubble.mine && isShown(keyOf(bubble))) announce(plain(wordsOf(bubble)));
  hasBegun = true;
  draw();
}

function linked(isLinked) {
  document.querySelector(".link").hidden = isLinked;
}

function isShown(key) {
  return phones.some((phone) => phone.key === key && phone.element.checkVisibility());
}

function draw() {
  for (const phone of phones) {
    if (!document.hidden && isShown(phone.key)) chats.look(phone.key);
    phone.show(chats.of(phone.key), faultsOf(phone.key));
  }
  const all = book.all();
  people.show(all, phones.map((phone) => phone.key), chats);
  faultsPanel.show(faults, senders);
  const unread = all.reduce((sum, one) => sum + chats.unread(keyOf(one)), 0);
  document.title = unread ? `(${unread}) ${TITLE}` : TITLE;
}

function faultsOf(key) {
  const [customer, channel] = key.split("@");
  return faults.filter((fault) => fault.channel === channel && (!fault.customer || fault.customer === customer));
}

/** Show the phones that the address names, else the first one; on a small screen the list of customers. */
function fromAddress() {
  const named = location.hash.slice(1).split("&").map(decodeURIComponent).filter((key) => book.get(key));
  const keys = (named.length ? named : book.all().slice(0, 1).map(keyOf)).slice(0, MOST_PHONES);
  if (keys.join() !== phones.map((phone) => phone.key).join()) lay(keys);
  if (named.length) go("phone");
  draw();
  if (named.length) people.reveal(named[0]);
}

/** Lay out the phones of these customers, and no others. */
function lay(keys) {
  while (phones.length > keys.length) phones.pop().element.remove();
  keys.forEach((key, n) => {
    if (!phones[n]) {
      phones.push(new Phone({ go, shut }));
      document.querySelector(".phones").append(phones[n].element);
    }
    if (phones[n].key !== key) {
      const chat = book.get(key);
      if (!book.all().some((one) => keyOf(one) === key)) book.saw(chat);
      phones[n].hold(chat, senders.find((sender) => sender.channel === chat.channel), key);
    }
  });
  document.body.classList.toggle("has-two", phones.length > 1);
}

function address(keys) {
  history.replaceState(null, "", keys.length ? `#${keys.join("&")}` : location.pathname);
}

function open(key, { quietly = false } = {}) {
  const keys = phones.map((phone) => phone.key);
  if (!keys.includes(key)) keys.splice(0, 1, key);
  lay(keys);
  address(keys);
  draw();
  people.reveal(key);
  if (quietly) return;
  go("phone");
  phones.find((phone) => phone.key === key).focus();
}

function beside(key) {
  const keys = [...phones.map((phone) => phone.key).filter((one) => one !== key).slice(0, MOST_PHONES - 1), key];
  lay(keys);
  address(keys);
  draw();
  phones.at(-1).focus();
}

function shut(phone) {
  const keys = phones.map((one) => one.key).filter((key) => key !== phone.key);
  lay(keys);
  address(keys);
  draw();
}

function add(chat) {
  book.add(chat);
  open(keyOf(chat));
}

function remove(key) {
  book.remove(key);
  const left = phones.map((phone) => phone.key).filter((one) => one !== key);
  const keys = left.length || !book.all().length ? left : [keyOf(book.all()[0])];
  lay(keys);
  address(keys);
  draw();
}

/** On a small screen: which of the three is seen. */
function go(where) {
  document.body.dataset.view = where;
  draw();
}
