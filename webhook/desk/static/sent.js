// What this tab has sent and does not know the fate of, oldest first. It outlives a reload.

const KEY = `sent:${document.body.dataset.alias}`;
// What the server cannot tell anything about after this time has taken effect, or waits where no page could show it.
const LONGEST = 10 * 60 * 1000;

function load() {
  const all = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  return all.filter((one) => Date.now() - one.at < LONGEST);
}

function save(all) {
  sessionStorage.setItem(KEY, JSON.stringify(all));
}

export const sent = {
  add: (one) => save([...load(), one]),
  waitsFor: (deed) => load().some((one) => one.deed === deed),
  oldest: () => load().find((one) => one.query),
  texts: () => load().filter((one) => one.text),
  answered: (id, query) => save(load().map((one) => (one.id === id ? { ...one, query } : one))),
  drop: (id) => {
    const found = load().find((one) => one.id === id);
    save(load().filter((one) => one.id !== id));
    return found;
  },
};
