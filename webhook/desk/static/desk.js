// Starts the scripts of a page. The page works without them, but must be reloaded.

import { listenToForms, resume } from "./actions.js";
import { bindKeys } from "./keys.js";
import { stayLive } from "./live.js";
import { fetchPage, learn, settleView, swap } from "./regions.js";
import { keepTime } from "./times.js";

learn(document);
keepTime();
settleView({ first: true });
bindKeys();
if (document.body.dataset.desk === "conversation") {
  listenToForms();
  resume();
}
if (document.body.dataset.refresh === "yes") {
  stayLive(async () => {
    const page = await fetchPage();
    if (page) swap(page);
  });
}
