// Makes elements. Text is always set as text, never as markup.

import { icon } from "./icons.js";

/** Return an element; `on*` in the attributes are listeners, empty values are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "icon") element.append(icon(value));
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Put the icons that the markup only names into their places. */
export function fillIcons(root) {
  for (const place of root.querySelectorAll("[data-icon]")) place.replaceChildren(icon(place.dataset.icon));
}

/** Say something to whoever listens instead of looks. */
export function announce(text) {
  document.querySelector(".announcer").replaceChildren(h("p", { dir: "auto" }, text));
}
