// The switches for what goes wrong, a card a provider.

import { afresh, mend, setFault } from "./api.js";
import { h } from "./dom.js";
import { describe, MODES } from "./weather.js";
import { titleOf } from "./words.js";

const SENDS = Object.keys(MODES).filter((mode) => mode !== "twice");

export class Faults {
  #root;
  #cards = new Map();

  constructor(root) {
    this.#root = root;
    root.querySelector(".mend").addEventListener("click", mend);
    root.querySelector(".afresh").addEventListener("click", afresh);
  }

  show(faults, senders) {
    for (const { channel } of senders) if (!this.#cards.has(channel)) this.#add(channel);
    for (const [channel, card] of this.#cards) card(faults.filter((fault) => fault.channel === channel));
    const words = faults.length ? `${faults.map(describe).join(", ")}.` : "All is well.";
    const weather = this.#root.querySelector(".weather");
    if (weather.textContent !== words) weather.textContent = words;
    this.#root.classList.toggle("has-faults", faults.length > 0);
    document.body.classList.toggle("has-faults", faults.length > 0);
    this.#root.querySelector(".mend").disabled = faults.length === 0;
  }

  #add(channel) {
    const name = titleOf(channel);
    const explained = h("p", { class: "explained" });
    const radios = SENDS.map((mode) =>
      h("input", { type: "radio", name: `mode-${channel}`, value: mode, onchange: () => setFault({ channel, mode }) }));
    const twice = h("input", { type: "checkbox", role: "switch" });
    twice.addEventListener("change", () => setFault({ channel, mode: twice.checked ? "twice" : "once" }));
    const chip = h("span", { class: "chip" });
    const others = h("p", { class: "others" });
    const modes = radios.map((radio) => h("label", { class: `mode is-${radio.value}` }, radio, h("span", {}, MODES[radio.value][0])));
    this.#root.querySelector(".cards").append(
      h("section", { class: "card", "data-channel": channel, "aria-label": name },
        h("header", {}, h("h3", {}, name), chip),
        h("fieldset", {}, h("legend", {}, `${name}, when the business sends`), h("div", { class: "modes" }, modes), explained),
        h("label", { class: "switch" }, twice, h("span", { class: "knob" }), h("span", {}, MODES.twice[0], h("small", {}, MODES.twice[1]))),
        others),
    );
    this.#cards.set(channel, (faults) => {
      const everybodys = faults.filter((fault) => !fault.customer);
      const { mode, hits } = everybodys.find((fault) => fault.mode !== "twice") || { mode: "ok", hits: 0 };
      for (const radio of radios) radio.checked = radio.value === mode;
      twice.checked = everybodys.some((fault) => fault.mode === "twice");
      const many = ["on", "1 message hit"][hits] || `${hits} messages hit`;
      chip.textContent = mode === "ok" ? "works" : many;
      chip.classList.toggle("is-bad", mode !== "ok");
      explained.textContent = MODES[mode]?.[1] || "";
      others.textContent = faults.filter((fault) => fault.customer).map(describe).join(", ");
    });
  }
}
