// Shows times in the browser's time zone, dates between messages, and how long customers have been waiting.

const data = document.body.dataset;
const locale = data.language === "ar" ? "ar-u-nu-latn" : "en-GB";
const styles = {
  clock: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hour12: false }),
  day: new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" }),
  full: new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", hour12: false }),
};

function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

export function localTimes() {
  const now = new Date();
  for (const time of document.querySelectorAll("time[data-time]")) {
    const at = new Date(time.dateTime);
    const clock = styles.clock.format(at);
    const plain = time.dataset.time === "clock" || sameDay(at, now);
    time.textContent = plain ? clock : `${styles.day.format(at)} ${clock}`;
    time.title = styles.full.format(at);
  }
  separateDays(now);
  ages();
}

function separateDays(now) {
  for (const old of document.querySelectorAll(".log .day")) old.remove();
  let last = now;
  for (const entry of document.querySelectorAll(".log > [data-at]")) {
    const at = new Date(Number(entry.dataset.at));
    if (!sameDay(at, last)) {
      const day = document.createElement("li");
      day.className = "day";
      day.textContent = styles.day.format(at);
      entry.before(day);
    }
    last = at;
  }
}

function ages() {
  for (const badge of document.querySelectorAll(".age[data-since]")) {
    const minutes = Math.max(0, Math.floor((Date.now() - new Date(badge.dataset.since)) / 60000));
    badge.classList.toggle("fresh", minutes < 5);
    badge.classList.toggle("late", minutes >= 5 && minutes < 15);
    badge.classList.toggle("overdue", minutes >= 15);
    badge.querySelector("[data-age]").textContent = duration(minutes);
  }
}

function duration(minutes) {
  if (minutes < 1) return data.now;
  if (minutes < 60) return data.minutes.replace("#", minutes);
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? data.hours.replace("#", hours) : data.days.replace("#", Math.floor(hours / 24));
}

export function keepTime() {
  setInterval(ages, 15000);
}

let newest = 0;

// Tells a screen reader the new messages of the customer.
export function announceNews(silent) {
  const fresh = [...document.querySelectorAll(".log > .bubble.user[data-at]")].filter((one) => Number(one.dataset.at) > newest);
  if (!fresh.length) return;
  newest = Math.max(...fresh.map((one) => Number(one.dataset.at)));
  const place = document.getElementById("announce");
  if (place && !silent) place.textContent = fresh.map((one) => one.querySelector(".said").innerText.replace(/\s+/g, " ").trim()).join(". ");
}
