// Sends actions without leaving the page, shows them as pending, and never loses a draft.

import { attach, chosen, listenToFiles, upload } from "./attaching.js";
import { fetchPage, leave, parsed, settleView, swap, watch } from "./regions.js";
import { sent } from "./sent.js";

const body = document.body;
const DRAFT = `draft:${body.dataset.pseudonym}`;
const LOOK_AGAIN = 1000;

const box = () => document.getElementById("text");

// The files of answers that are on their way, by the ids of the answers. A reload loses them, as it loses the field.
const files = new Map();

export function listenToForms() {
  listenToFiles((words) => (words ? notice(words) : clearNotice()));
  document.addEventListener("input", (event) => {
    if (event.target.id === "text") sessionStorage.setItem(DRAFT, event.target.value);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    act(form, new FormData(form, event.submitter ?? undefined));
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// Restores the state that the page had before it was reloaded.
export function resume() {
  const text = box();
  const kept = sessionStorage.getItem(DRAFT);
  if (text && kept && !text.value) text.value = kept;
  // What was written before the scripts were there.
  else if (text?.value) sessionStorage.setItem(DRAFT, text.value);
  let address = new URL(location.href);
  for (const name of ["sent", "deed", "at"]) address.searchParams.delete(name);
  // A form that was refused leaves the address to which it was sent, where there is no page to look at again.
  const page = new URL(body.dataset.address, location.href);
  if (page.pathname !== address.pathname) address = page;
  history.replaceState(null, "", address);
  follow();
  const mine = document.querySelector("#lock.mine");
  if (mine && text && matchMedia("(min-width: 50rem)").matches) text.focus({ preventScroll: true });
}

// One after the other, so that answers are stored in the order in which they were written.
let posting = Promise.resolve();

function act(form, data) {
  const actionType = form.dataset.act;
  const text = actionType === "answer" ? data.get("text") : "";
  const file = actionType === "answer" ? chosen() : null;
  const timer = data.get("timer") ?? "";
  if (actionType === "answer" ? !text.trim() && !file : sent.waitsFor(actionType, timer)) return;
  // The next submit of this form is another action. A second click on the same button finds the box empty, or the action pending.
  form.elements.id.value = freshId();
  clearNotice();
  sent.add({ id: data.get("id"), actionType, timer, text, file: file?.name, at: Date.now(), query: "" });
  if (file) files.set(data.get("id"), file);
  if (text || file) emptyBox();
  drawPending();
  posting = posting.then(() => post(form.action, data));
}

async function post(address, data) {
  const id = data.get("id");
  let answer;
  try {
    answer = await send(address, data);
  } catch {
    return giveBack(id, body.dataset.away);
  }
  if (answer.status === 401) return giveBack(id, body.dataset.signedOut);
  if (answer.status === 413) return giveBack(id, document.getElementById("file")?.dataset.tooLarge);
  const page = parsed(await answer.text());
  if (page.body.dataset.desk !== "conversation") {
    if (answer.ok) return leave(sent.waitsFor("forget"));
    return giveBack(id, page.getElementById("error")?.textContent.trim() ?? body.dataset.away);
  }
  const refused = page.querySelector("[data-refused]");
  if (refused) {
    page.getElementById("text").value = "";
    swap(page);
    return giveBack(id, refused.textContent.trim());
  }
  sent.answered(id, new URL(answer.url).search);
  for (const menu of document.querySelectorAll("details.menu[open], details.sure[open]")) menu.open = false;
  swap(page);
  follow();
}

function send(address, data) {
  if (files.has(data.get("id"))) return upload(address, data, (part) => progress(data.get("id"), part));
  data.delete("media");
  return fetch(address, { method: "POST", body: new URLSearchParams(data), headers: { "X-Desk": "1" } });
}

function freshId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function emptyBox() {
  box().value = "";
  if (chosen()) attach(null);
  sessionStorage.removeItem(DRAFT);
}

function giveBack(id, why) {
  restore(sent.drop(id));
  drawPending();
  notice(why);
}

function restore(one) {
  const { id, text } = one ?? {};
  if (files.has(id) && !chosen()) attach(files.get(id));
  files.delete(id);
  const place = box();
  if (!text || !place) return;
  place.value = place.value ? `${text}\n${place.value}` : text;
  sessionStorage.setItem(DRAFT, place.value);
}

let looking = 0;

// Asks the server for the outcome of the oldest action of which it is not known yet.
export function follow() {
  clearTimeout(looking);
  const oldest = sent.oldest();
  watch(oldest?.query ?? "");
  drawPending();
  if (!oldest) return;
  const outcome = document.querySelector("[data-live=outcome]");
  const { id, progress: state } = outcome.dataset;
  if (id !== oldest.id || state === "pending") {
    // The page may have the outcome of a later action. The next request asks for this one.
    looking = setTimeout(look, id && id !== oldest.id ? 100 : LOOK_AGAIN);
    return;
  }
  sent.drop(oldest.id);
  if (state === "declined") {
    restore(oldest);
    notice(outcome.textContent.trim());
    outcome.replaceChildren();
  }
  files.delete(oldest.id);
  follow();
}

async function look() {
  try {
    const page = await fetchPage();
    if (page) swap(page);
    follow();
  } catch {
    looking = setTimeout(look, LOOK_AGAIN); // the page already shows that it is not connected
  }
}

// Shows answers in the conversation at once, as pending.
function drawPending() {
  const log = document.querySelector(".log");
  for (const old of log.querySelectorAll(".optimistic")) old.remove();
  const texts = sent.texts();
  const shown = log.querySelectorAll(".bubble.agent.mine.pending").length;
  for (const one of texts.slice(shown)) {
    const bubble = document.createElement("li");
    bubble.className = "bubble agent mine pending first optimistic";
    bubble.dataset.at = one.at;
    const text = document.createElement("span");
    text.className = "text";
    text.dir = "auto";
    text.textContent = one.text;
    const meta = document.createElement("span");
    meta.className = "meta";
    meta.textContent = body.dataset.onItsWay;
    if (one.file) bubble.append(fileOf(one));
    if (one.text) bubble.append(text);
    bubble.append(meta);
    log.append(bubble);
  }
  if (texts.length) settleView({ atEnd: true });
}

function fileOf({ id, file }) {
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  const name = document.createElement("b");
  name.dir = "auto";
  name.textContent = file;
  const bar = document.createElement("progress");
  bar.id = `progress-${id}`;
  bar.max = 1;
  bar.hidden = !files.has(id);
  bar.setAttribute("aria-label", body.dataset.onItsWay);
  const words = document.createElement("span");
  words.className = "sheet-words";
  words.append(name, bar);
  sheet.append(words);
  return sheet;
}

function progress(id, part) {
  const bar = document.getElementById(`progress-${id}`);
  if (bar) bar.value = part;
}

function clearNotice() {
  document.getElementById("notice").replaceChildren();
  document.querySelector("[data-refused]")?.remove();
}

function notice(words) {
  if (!words) return;
  const said = document.createElement("p");
  said.className = "notice bad";
  const text = document.createElement("span");
  text.textContent = words;
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = "×";
  away.setAttribute("aria-label", body.dataset.closeNotice);
  away.addEventListener("click", clearNotice);
  said.append(text, away);
  document.getElementById("notice").replaceChildren(said);
}
