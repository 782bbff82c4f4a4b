// Replaces the parts of the page that have changed by those of a newly fetched one.

import { sent } from "./sent.js";
import { announceNews, localTimes } from "./times.js";

const sources = new Map();
let asked = 0;
let answered = 0;
let leaving = false;
// The query of the URL that names an action whose outcome is not known yet.
let watched = "";

export function watch(query) {
  watched = query;
}

// A region as the server sent it, without the ids of actions, which are new each time.
function sourceOf(region) {
  const copy = region.cloneNode(true);
  for (const input of copy.querySelectorAll("input[name=id]")) input.removeAttribute("value");
  for (const age of copy.querySelectorAll("[data-age]")) age.textContent = "";
  return copy.outerHTML;
}

function regionsOf(page) {
  return new Map([...page.querySelectorAll("[data-live]")].map((region) => [region.dataset.live, region]));
}

export function learn(page) {
  for (const [name, region] of regionsOf(page)) sources.set(name, sourceOf(region));
}

export async function fetchPage() {
  const address = new URL(location.href);
  for (const name of ["sent", "deed", "at"]) address.searchParams.delete(name);
  for (const [name, value] of new URLSearchParams(watched)) address.searchParams.set(name, value);
  const number = ++asked;
  const answer = await fetch(address, { headers: { "X-Desk": "1" } });
  if (answer.status === 401 || answer.status === 404) {
    leave(answer.status === 404 && sent.waitsFor("forget"));
    return null;
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const there = new URL(answer.url).pathname;
  if (there !== address.pathname) {
    takeDraftAlong(there);
    leave(sent.waitsFor("forget"));
    return null;
  }
  const page = parsed(await answer.text());
  // An answer that was overtaken by a later one tells old news.
  if (number < answered) return null;
  answered = number;
  return page;
}

// The customer has another number now, so the conversation has another address: what is being written goes there.
function takeDraftAlong(there) {
  const [, pseudonym] = there.split("/c/");
  const key = `draft:${document.body.dataset.pseudonym}`;
  const draft = sessionStorage.getItem(key);
  if (!pseudonym || !draft) return;
  sessionStorage.setItem(`draft:${pseudonym}`, draft);
  sessionStorage.removeItem(key);
}

// What this very tab has asked to forget leads back to the list; anything else says itself why it cannot be shown.
export function leave(forgotten) {
  if (leaving) return;
  leaving = true;
  if (!forgotten) return location.reload();
  sessionStorage.clear();
  location.assign(document.querySelector(".brand").href);
}

export function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

// Whether the newest message is in view; it stays there when pictures arrive. Only scrolling back ends that.
let sticks = !location.hash;
let lastTop = 0;
const growth = new ResizeObserver(() => {
  const log = document.getElementById("log");
  if (log && sticks) log.scrollTop = log.scrollHeight;
});

function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 90;
}

function follows(log) {
  if (isAtEnd(log)) sticks = true;
  else if (log.scrollTop < lastTop) sticks = false;
  lastTop = log.scrollTop;
}

export function swap(page) {
  const log = document.getElementById("log");
  const atEnd = !log || sticks || isAtEnd(log);
  const here = regionsOf(document);
  let changed = false;
  for (const [name, region] of regionsOf(page)) {
    const source = sourceOf(region);
    const present = here.get(name);
    if (!present) continue;
    if (sources.get(name) === source) {
      continue;
    }
    sources.set(name, source);
    exchange(present, document.adoptNode(region));
    changed = true;
  }
  if (changed) settleView({ atEnd });
  document.title = page.title;
}

// What the agent has opened, focused, scrolled to or written stays as it is.
function exchange(present, region) {
  const open = new Set([...present.querySelectorAll("details[open][id]")].map((one) => one.id));
  const texts = [...present.querySelectorAll("textarea[id]")];
  const selections = texts.map((text) => [text.selectionStart, text.selectionEnd]);
  const focused = present.contains(document.activeElement) ? document.activeElement.id || rowOf(document.activeElement) : "";
  const scrolled = present.scrollTop;
  const wasOpen = present.open;
  keepMedia(present, region);
  if (present.querySelector("#file")?.files.length) {
    region.querySelector("#attaching")?.replaceWith(present.querySelector("#attaching"));
  }
  present.replaceWith(region);
  region.scrollTop = scrolled;
  if (region.tagName === "DETAILS") region.open = wasOpen;
  for (const one of region.querySelectorAll("details[id]")) one.open = open.has(one.id);
  texts.forEach((text, number) => {
    const fresh = region.querySelector(`#${CSS.escape(text.id)}`);
    if (!fresh || fresh.value) return;
    fresh.value = text.value;
    fresh.setSelectionRange(...selections[number]);
  });
  if (focused) (document.getElementById(focused) ?? region.querySelector(`[href="${CSS.escape(focused)}"]`))?.focus({ preventScroll: true });
}

// A picture that is loaded is not loaded again, and a voice note that plays goes on playing.
function keepMedia(present, region) {
  const here = [...present.querySelectorAll("[data-keep]")];
  for (const fresh of region.querySelectorAll("[data-keep]")) {
    const same = here.findIndex((one) => one.getAttribute("src") === fresh.getAttribute("src"));
    if (same >= 0) fresh.replaceWith(...here.splice(same, 1));
  }
}

function rowOf(element) {
  return element.getAttribute("href") ?? "";
}

export function settleView({ first = false, atEnd = true }) {
  localTimes();
  const log = document.getElementById("log");
  if (log && (first ? !location.hash : atEnd)) log.scrollTop = log.scrollHeight;
  if (log && first) log.addEventListener("scroll", () => follows(log));
  growth.disconnect();
  for (const one of document.querySelectorAll("#log, .log")) growth.observe(one);
  if (first) document.querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
  if (first && innerWidth < 1200) document.getElementById("known")?.removeAttribute("open");
  announceNews(first);
}
