// Learns what changes: from the server's events, or, where there are too many listeners, by asking every few seconds.

const SHORTEST = 500; // ms between two refreshes
const ASK_EVERY = 4000;
const ASK_HIDDEN = 20000; // a page that nobody sees leaves its stream to another
const TRY_STREAM_AGAIN = 45000;

export function stayLive(refresh) {
  const shown = document.querySelector(".live");
  const page = sessionStorage.getItem("page") ?? Math.random().toString(36).slice(2);
  sessionStorage.setItem("page", page);
  let source = null;
  let running = false;
  let wanted = false;
  let last = 0;
  let asking = 0;

  function show(state) {
    if (!shown) return;
    shown.hidden = false;
    shown.dataset.state = state;
    shown.querySelector("span").textContent = shown.dataset[state];
  }

  async function run() {
    if (running) {
      wanted = true;
      return;
    }
    running = true;
    wanted = false;
    await new Promise((go) => setTimeout(go, Math.max(0, last + SHORTEST - Date.now())));
    last = Date.now();
    try {
      await refresh();
      if (asking) show("polling");
    } catch {
      show("off");
    }
    running = false;
    if (wanted) run();
  }

  function ask(every) {
    clearInterval(asking);
    asking = every ? setInterval(run, every) : 0;
  }

  function open() {
    source?.close();
    source = new EventSource(`${document.body.dataset.stream}?page=${encodeURIComponent(page)}`);
    source.addEventListener("hello", () => {
      ask(0);
      show("on");
      run();
    });
    source.addEventListener("change", run);
    source.addEventListener("error", () => {
      ask(document.hidden ? ASK_HIDDEN : ASK_EVERY);
      // A browser opens a broken stream again by itself; one that was refused it does not.
      if (source.readyState !== EventSource.CLOSED) return show("off");
      show("polling");
      setTimeout(() => document.hidden || open(), TRY_STREAM_AGAIN);
    });
  }

  let hiding = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (!document.hidden) {
      run();
      if (source?.readyState === EventSource.CLOSED) open();
    } else {
      hiding = setTimeout(() => {
        source.close();
        ask(ASK_HIDDEN);
      }, 30000);
    }
  });
  document.addEventListener("desk:ask", run);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
