// Learns of changes from the server's events; or, if too many pages listen, by polling every few seconds.

// Milliseconds between two refreshes: when the open conversation changed, and when only the list did.
const OPEN = 400;
const LIST = 2000;
const ASK_EVERY = 4000;
const ASK_HIDDEN = 20000; // a hidden tab leaves its stream to others
const TRY_STREAM_AGAIN = 45000;

export function stayLive(refresh) {
  const shown = document.querySelector(".live");
  const page = sessionStorage.getItem("page") ?? Math.random().toString(36).slice(2);
  sessionStorage.setItem("page", page);
  let source = null;
  let running = false;
  let wanted = 0;
  let last = 0;
  let timer = 0;
  let timed = 0;
  let asking = 0;

  function show(state) {
    if (!shown) return;
    shown.hidden = false;
    shown.dataset.state = state;
    shown.querySelector("span").textContent = shown.dataset[state];
  }

  // Refreshes now, or when the last refresh was `gap` milliseconds ago.
  function soon(gap) {
    if (running) {
      wanted = Math.min(wanted || gap, gap);
      return;
    }
    const at = Math.max(Date.now(), last + gap);
    if (timer && timed <= at) return;
    clearTimeout(timer);
    timed = at;
    timer = setTimeout(run, at - Date.now());
  }

  async function run() {
    timer = 0;
    running = true;
    wanted = 0;
    try {
      await refresh();
      show(asking ? "polling" : source.readyState === EventSource.OPEN ? "on" : "off");
    } catch {
      show("off");
    }
    last = Date.now();
    running = false;
    if (wanted) soon(wanted);
  }

  function ask(every) {
    clearInterval(asking);
    asking = every ? setInterval(() => soon(OPEN), every) : 0;
  }

  function open() {
    source?.close();
    source = new EventSource(`${document.body.dataset.stream}?page=${encodeURIComponent(page)}`);
    source.addEventListener("hello", () => {
      ask(0);
      show("on");
      soon(OPEN);
    });
    source.addEventListener("change", (event) => {
      const { conversations, anything } = JSON.parse(event.data);
      soon(anything || conversations.includes(document.body.dataset.pseudonym) ? OPEN : LIST);
    });
    source.addEventListener("error", () => {
      ask(document.hidden ? ASK_HIDDEN : ASK_EVERY);
      // A browser reopens a broken stream by itself, but not one that was refused.
      if (source.readyState !== EventSource.CLOSED) return show("off");
      show("polling");
      setTimeout(() => document.hidden || open(), TRY_STREAM_AGAIN);
    });
  }

  let hiding = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (!document.hidden) {
      soon(OPEN);
      if (source?.readyState === EventSource.CLOSED) open();
    } else {
      hiding = setTimeout(() => {
        source.close();
        ask(ASK_HIDDEN);
      }, 30000);
    }
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
