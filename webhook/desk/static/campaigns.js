// The pages of campaigns: what is shown stays new, and a form is sent once.

import { fetchPage, learn, settleView, swap } from "./regions.js";

const { address, every } = document.body.dataset;

// A form that was refused leaves the address to which it was sent, where there is no page to look at again.
if (address && new URL(address, location.href).pathname !== location.pathname) history.replaceState(null, "", address);
learn(document);
settleView({ first: true });

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

async function look() {
  try {
    const page = document.hidden ? null : await fetchPage();
    if (page) swap(page);
  } catch {
    // The next look may find what this one did not.
  }
}

if (every) setInterval(look, Number(every));
