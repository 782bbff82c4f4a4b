// The drawings, as strokes in a square of 24.

const STROKES = {
  alert: "M12 7v6M12 16.6v.4M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18",
  back: "M15 5l-7 7l7 7",
  beside: "M4 5h7v14H4zM15 5h5v14h-5",
  bolt: "M13 3L5 14h6l-1 7l8-11h-6z",
  clock: "M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17",
  close: "M6 6l12 12M18 6L6 18",
  contacts: "M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8M4.5 20c.8-4 4-5.5 7.5-5.5s6.7 1.5 7.5 5.5",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  image: "M4 5h16v14H4zM4 16l4.5-5l4 4.5l2.5-2.5l5 5M15.5 9.5v.1",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1",
  location: "M12 21c-4-5-6.5-8-6.5-11.5a6.5 6.5 0 0 1 13 0C18.5 13 16 16 12 21M12 11.8a2.3 2.3 0 1 0 0-4.600a2.3 2.3 0 0 0 0 4.600",
  more: "M12 5.5v.1M12 12v.1M12 18.5v.1",
  audio: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0a2.5 2.5 0 0 1 5 0M19 16a2.5 2.5 0 1 1-5 0a2.5 2.5 0 0 1 5 0",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6L4 12l6 6M4.5 12H14c4 0 6 2 6 6",
  send: "M4 12L20 4l-5 16l-3.5-6.5zM11.5 13.5L20 4",
  shop: "M4 10l1.5-5h13L20 10M5 10v9h14v-9M4 10c0 3 4 3 4 0c0 3 4 3 4 0c0 3 4 3 4 0c0 3 4 3 4 0M10 19v-5h4v5",
  sticker: "M5 4h14v10l-6 6H5zM13 20v-6h6M9 9v.1M15 9v.1M9 12.5c1.5 1.5 3 1.5 4 1",
  tick: "M5 12.5l4.5 4.5L19 7",
  ticks: "M1.5 12.5L6 17l9-10M11 15.5l1.5 1.5l9-10",
  video: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3",
  voice: "M12 14.5a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5.5a3 3 0 0 0 3 3M6 11.5c0 7.5 12 7.5 12 0M12 17.5V21",
  play: "M8 5l11 7l-11 7z",
};

const SVG = "http://www.w3.org/2000/svg";

/** Return a drawing; what it means must be said beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}
