// The file of an answer: chosen, dropped or pasted, shown above the text, and checked before it is sent.

const field = () => document.getElementById("file");
const place = () => document.querySelector("#attaching .attached");

const THUMB = 44; // px

// The providers limit a file by what it is shown as.
function familyOf({ type }) {
  if (["image/jpeg", "image/png"].includes(type)) return "image";
  const [family] = type.split("/");
  return ["audio", "video"].includes(family) ? family : "document";
}

const sizes = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function size(bytes) {
  const { kilobytes, megabytes } = field().dataset;
  const few = bytes < 1024 * 1024;
  return (few ? kilobytes : megabytes).replace("#", few ? Math.ceil(bytes / 1024) : sizes.format(bytes / 1024 / 1024));
}

/** Listen to the field, to what is dropped and to what is pasted; `refuse(words)` says why a file is not taken, or nothing any more. */
export function listenToFiles(refuse) {
  if (!field()) return;
  document.addEventListener("change", (event) => event.target.id === "file" && look(refuse));
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".attached button")) return;
    attach(null);
    document.getElementById("text")?.focus();
  });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file || field().disabled) return;
    event.preventDefault();
    attach(file);
    look(refuse);
  });
  listenToDrops(refuse);
}

function listenToDrops(refuse) {
  const talk = document.getElementById("talk");
  const carries = (event) => event.dataTransfer?.types.includes("Files") && !field().disabled;
  let inside = 0;
  const show = (by) => {
    inside = Math.max(0, inside + by);
    talk.dataset.drop = inside ? field().dataset.drop : "";
  };
  talk.addEventListener("dragenter", (event) => carries(event) && show(1));
  talk.addEventListener("dragleave", (event) => carries(event) && show(-1));
  talk.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  talk.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(-inside);
    attach(event.dataTransfer.files[0]);
    look(refuse);
  });
}

/** Return the chosen file; null if there is none. */
export const chosen = () => field()?.files[0] ?? null;

/** Put a file into the field, or none. */
export function attach(file) {
  const carrier = new DataTransfer();
  if (file) carrier.items.add(file);
  field().files = carrier.files;
  draw();
}

function look(refuse) {
  const file = chosen();
  const family = file && familyOf(file);
  const limits = field().dataset;
  const named = family && family[0].toUpperCase() + family.slice(1);
  if (file && file.size > Number(limits[`most${named}`])) {
    attach(null);
    return refuse(limits[`large${named}`]);
  }
  refuse("");
  draw();
}

function draw() {
  const file = chosen();
  const shown = place();
  shown.hidden = !file;
  if (!file) return;
  shown.querySelector("b").textContent = file.name;
  shown.querySelector("small").textContent = size(file.size);
  const canvas = shown.querySelector("canvas");
  const badge = shown.querySelector(".badge");
  [canvas.hidden, badge.hidden] = [true, false];
  if (familyOf(file) === "image") {
    drawThumb(canvas, file).then(() => ([canvas.hidden, badge.hidden] = [false, true])).catch(() => {});
  }
}

// Drawn and not linked: the page may show pictures of its own origin only.
async function drawThumb(canvas, file) {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
  canvas.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, THUMB, THUMB);
}

/** Post a form and report the progress of its file, 0 to 1. Returns the same as a `fetch` would, as far as it is needed. */
export function upload(address, form, report) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Desk", "1");
    request.upload.addEventListener("progress", ({ loaded, total }) => total && report(loaded / total));
    request.addEventListener("error", () => reject(new TypeError("not sent")));
    request.addEventListener("load", () => {
      const { status, responseURL: url, responseText } = request;
      resolve({ status, url, ok: status >= 200 && status < 300, text: async () => responseText });
    });
    request.send(form);
  });
}
