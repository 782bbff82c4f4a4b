// The actions of this tab whose outcome is not known yet, oldest first. They survive a reload.

const KEY = `sent:${document.body.dataset.pseudonym}`;
// After this time the server does not know the outcome either.
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
  waitsFor: (actionType, timer = "") => load().some((one) => one.actionType === actionType && (one.timer ?? "") === timer),
  oldest: () => load().find((one) => one.query),
  texts: () => load().filter((one) => one.text || one.file),
  answered: (id, query) => save(load().map((one) => (one.id === id ? { ...one, query } : one))),
  drop: (id) => {
    const found = load().find((one) => one.id === id);
    save(load().filter((one) => one.id !== id));
    return found;
  },
};
