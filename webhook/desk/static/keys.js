// The keyboard: / search, j and k move in the list, r writes an answer, t takes over, Ctrl Enter answers, ? shows the keys.

const actions = {
  "/": () => document.getElementById("query")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  r: () => document.getElementById("text")?.focus(),
  t: () => document.querySelector("[data-key=t]")?.click(),
  "?": () => document.getElementById("help")?.showModal(),
};

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const focused = rows.indexOf(document.activeElement);
  const at = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

export function bindKeys() {
  const help = document.querySelector("[data-help]");
  if (help) {
    help.hidden = false;
    help.addEventListener("click", actions["?"]);
  }
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, dialog");
    if (event.target.id === "text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.getElementById(event.shiftKey ? "answer-back" : "answer")?.click();
    } else if (field && event.key === "Escape") {
      event.target.blur();
    } else if (!field && !event.ctrlKey && !event.metaKey && !event.altKey && actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
}
