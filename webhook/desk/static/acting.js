// Sends what the agent does without leaving the page, shows it as pending, and never loses a draft.

import { fetchPage, parsed, settleView, swap, watch } from "./regions.js";

const body = document.body;
const alias = body.dataset.alias;
const DRAFT = `draft:${alias}`;
const SENT = `sent:${alias}`;
const LOOK_AGAIN = 1000;

const box = () => document.getElementById("text");
const sent = () => JSON.parse(sessionStorage.getItem(SENT) ?? "null");

function keepSent(value) {
  if (value) sessionStorage.setItem(SENT, JSON.stringify(value));
  else sessionStorage.removeItem(SENT);
}

export function listenToForms() {
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
  new MutationObserver(follow).observe(document.querySelector(".foot"), { childList: true, subtree: true });
}

export function resume() {
  const text = box();
  const kept = sessionStorage.getItem(DRAFT);
  if (text && kept && !text.value) text.value = kept;
  const waiting = sent();
  if (waiting) watch(waiting.query);
  const address = new URL(location.href);
  if (address.searchParams.has("sent")) {
    for (const name of ["sent", "deed", "at"]) address.searchParams.delete(name);
    history.replaceState(null, "", address);
  }
  follow();
  if (text && !text.disabled && matchMedia("(min-width: 50rem)").matches) text.focus({ preventScroll: true });
}

async function act(form, data) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const deed = form.dataset.act;
  const text = deed === "answer" ? data.get("text") : "";
  if (deed === "answer" && !text.trim()) {
    delete form.dataset.busy;
    box()?.focus();
    return;
  }
  clearNotice();
  keepSent({ id: data.get("id"), deed, text, at: Date.now(), query: "" });
  if (text) emptyBox();
  drawPending();
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), headers: { "X-Desk": "1" } });
  } catch {
    return giveBack(form, body.dataset.away);
  }
  if (answer.status === 401) return giveBack(form, body.dataset.signedOut);
  const page = parsed(await answer.text());
  delete form.dataset.busy;
  if (page.body.dataset.desk !== "conversation") {
    const fault = page.querySelector("#fault");
    if (answer.ok) location.assign(answer.url);
    return giveBack(form, fault?.textContent.trim() ?? body.dataset.away);
  }
  const refused = page.querySelector("[data-refused]");
  if (refused) {
    page.getElementById("text").value = "";
    giveBack(form, refused.textContent.trim());
    return swap(page);
  }
  const query = new URL(answer.url).search;
  keepSent({ ...sent(), query });
  watch(query);
  for (const menu of document.querySelectorAll("details.menu[open], details.sure[open]")) menu.open = false;
  swap(page);
  follow();
}

function emptyBox() {
  box().value = "";
  sessionStorage.removeItem(DRAFT);
}

function giveBack(form, why) {
  delete form.dataset.busy;
  restore(sent()?.text);
  keepSent(null);
  watch("");
  document.querySelector(".log .optimistic")?.remove();
  if (why) notice(why);
}

function restore(text) {
  const place = box();
  if (!text || !place) return;
  place.value = place.value ? `${text}\n${place.value}` : text;
  sessionStorage.setItem(DRAFT, place.value);
}

let looking = 0;

// Looks at what the server says of the action that was sent last.
function follow() {
  const waiting = sent();
  const outcome = document.querySelector("[data-live=outcome]");
  clearTimeout(looking);
  if (!waiting?.query) return;
  if (outcome.dataset.id === waiting.id && outcome.dataset.fate === "done") {
    keepSent(null);
    watch("");
  } else if (outcome.dataset.id === waiting.id && outcome.dataset.fate === "declined") {
    keepSent(null);
    watch("");
    restore(waiting.text);
    notice(outcome.textContent.trim());
    outcome.replaceChildren();
  } else {
    drawPending();
    looking = setTimeout(look, LOOK_AGAIN);
  }
}

async function look() {
  try {
    const page = await fetchPage();
    if (page) swap(page);
  } catch {
    // The page says itself that it is not connected.
  }
  follow();
}

// An answer stands in the conversation at once, as one that is on its way.
function drawPending() {
  const waiting = sent();
  const log = document.querySelector(".log");
  if (!waiting?.text || !log || log.querySelector(".optimistic, .bubble.agent.mine.pending")) return;
  const bubble = document.createElement("li");
  bubble.className = "bubble agent mine pending first optimistic";
  bubble.dataset.at = waiting.at;
  const text = document.createElement("span");
  text.className = "text";
  text.dir = "auto";
  text.textContent = waiting.text;
  const meta = document.createElement("span");
  meta.className = "meta";
  meta.textContent = body.dataset.onItsWay;
  bubble.append(text, meta);
  log.append(bubble);
  settleView({ atEnd: true });
}

function clearNotice() {
  document.getElementById("notice").replaceChildren();
  document.querySelector("[data-refused]")?.remove();
}

function notice(words) {
  const said = document.createElement("p");
  said.className = "notice bad";
  const text = document.createElement("span");
  text.textContent = words;
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = "×";
  away.setAttribute("aria-label", "×");
  away.addEventListener("click", clearNotice);
  said.append(text, away);
  document.getElementById("notice").replaceChildren(said);
}
