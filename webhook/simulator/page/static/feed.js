// Follows the simulator with one long poll after the other, for as long as the page is open.

const WAIT = 25; // seconds of one poll; the simulator allows 30
const AGAIN = 1000; // ms until the next attempt when nobody answers
const BREATH = 40; // ms between two polls: a crowd that writes must not keep the page from drawing

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Call `changed` with what is new, each time there is something, and `linked` with whether the simulator answers.
 *
 * `changed` gets the answer and whether everything known before is to be forgotten.
 */
export async function follow(changed, linked) {
  let version = 0;
  let epoch = "";
  for (;;) {
    const query = new URLSearchParams({ after: version, epoch, wait: WAIT });
    let told;
    try {
      const answer = await fetch(`/simulator/changes?${query}`, { signal: AbortSignal.timeout((WAIT + 15) * 1000) });
      if (!answer.ok) throw new Error(String(answer.status));
      told = await answer.json();
    } catch {
      linked(false);
      await pause(AGAIN);
      continue;
    }
    linked(true);
    const isFresh = told.epoch !== epoch;
    ({ version, epoch } = told);
    changed(told, isFresh);
    await pause(BREATH);
  }
}
