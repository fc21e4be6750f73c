// Keeps what a page shows true while it is open. A page says where to listen,
//   <... data-live-src="/console/live">, and names what is to be kept true, data-live="queues:reviewers:waiting".
// Without this script a page shows what was true when it was loaded.

const QUIET_FOR_MS = 40_000; // a stream that says nothing for so long is broken: it beats every 15 s
const RETRY_MS = 30_000; // after a refusal, when the browser does not come back by itself
const SAY_EVERY_MS = 60_000; // what is read out loud changes no more often than this
const TICK_MS = 15_000;
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

const language = document.documentElement.lang || "en";
const listeners = new Map(); // what other scripts want to hear: event name -> functions
let source = null;
let listensTo = "";
let heardAt = 0;
let ahead = 0; // how far our clock is behind the server's
let brokenSince = null;
let retrying = 0;
const last = {};

/** Call `listener` with the data of every event of this name, and with the last one at once. */
export function hear(name, listener) {
  listeners.set(name, [...(listeners.get(name) ?? []), listener]);
  if (last[name]) listener(last[name]);
}

export const now = () => Date.now() + ahead;

/** A length of time in the page's language: the two largest units, as the pages themselves say it. */
export function span(seconds) {
  let left = Math.max(0, Math.floor(seconds));
  const said = [];
  for (const [unit, size] of UNITS) {
    const number = Math.floor(left / size);
    left -= number * size;
    if (number) {
      const form = { style: "unit", unit, unitDisplay: "long" };
      said.push(new Intl.NumberFormat(language, form).format(number));
    }
  }
  const brief = new Intl.NumberFormat(language, { style: "unit", unit: "minute", unitDisplay: "long" });
  return said.slice(0, 2).join(" ") || `< ${brief.format(1)}`;
}

/** `07:05 UTC`, as the pages themselves say it. */
export function hourOf(then) {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" };
  return `${new Intl.DateTimeFormat(language, form).format(then)} UTC`;
}

/** `27 Nov 2026, 07:05 UTC`, as the pages themselves say it. */
export function moment(then) {
  const month = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" }).format(then);
  return `${then.getUTCDate()} ${month} ${then.getUTCFullYear()}, ${hourOf(then)}`;
}

function urgency(then) {
  if (then <= now()) return "late";
  return then - now() < 30 * 60_000 ? "soon" : "calm";
}

const all = (selector) => document.querySelectorAll(selector);
const parts = (element) => element.dataset.live.split(":");

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The element's own sentence, in the page's language, with names filled in. */
function filled(element, names, key = "liveText") {
  return (element.dataset[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => names[name] ?? "");
}

// -- what each event changes ---------------------------------------------------------------------

function showQueues({ items }) {
  const byName = new Map(items.map((queue) => [queue.queue, queue]));
  for (const element of all('[data-live^="queues:"]')) {
    const [, name, field] = parts(element);
    const queue = byName.get(name);
    if (field === "oldest") showAge(element, queue?.oldest_at);
    else if (field === "due") showDue(element, queue?.next_due_at);
    else write(element, String(queue?.[field] ?? 0));
  }
  const shown = new Set([...all("[data-live-queue]")].map((row) => row.dataset.liveQueue));
  const isNew = items.some((queue) => !shown.has(queue.queue));
  for (const element of all("[data-live-new]")) element.hidden = !isNew;
  for (const element of all('[data-live="total"]')) sayTotal(element, items);
}

function showAge(element, since) {
  write(element, since ? span((now() - new Date(since)) / 1000) : "–");
}

function showDue(element, due) {
  if (!due) return write(element, "–");
  const then = new Date(due);
  element.classList.remove("late", "soon", "calm");
  element.classList.add(urgency(then));
  const left = (then - now()) / 1000;
  write(element, filled(element, { span: span(Math.abs(left)) }, left > 0 ? "liveIn" : "liveAgo"));
}

function sayTotal(element, items) {
  // Every review that hears an appeal is counted at its desk already.
  const counted = items.filter((queue) => queue.queue !== "appeals");
  const sum = (field) => counted.reduce((total, queue) => total + queue[field], 0);
  const said = Number(element.dataset.liveSaidAt ?? 0);
  if (said && Date.now() - said < SAY_EVERY_MS) return;
  element.dataset.liveSaidAt = String(Date.now());
  write(element, filled(element, { waiting: sum("waiting"), overdue: sum("overdue") }));
}

function showMe({ today }) {
  for (const element of all('[data-live^="me:"]')) {
    const [, field] = parts(element);
    const value = today[field];
    if (field === "median_s") write(element, value === null ? "–" : span(value));
    else write(element, String(value));
  }
}

function showOthers({ people }) {
  const who = new Intl.ListFormat(language).format(people.map((each) => each.person));
  for (const element of all('[data-live="others"]')) {
    element.hidden = people.length === 0;
    write(element, people.length ? filled(element, { who }, people.length > 1 ? "liveMany" : "liveOne") : "");
  }
}

const SHOWN = { queues: showQueues, me: showMe, others: showOthers };

// -- listening -----------------------------------------------------------------------------------

function heard(name, event) {
  const told = JSON.parse(event.data);
  heardAt = Date.now();
  if (name === "beat") {
    ahead = new Date(told.at) - Date.now();
    if (told.fresh === false && last.queues) return broken();
  }
  mended();
  last[name] = told;
  SHOWN[name]?.(told);
  for (const listener of listeners.get(name) ?? []) listener(told);
}

function broken() {
  brokenSince ??= new Date(now());
  const time = hourOf(brokenSince);
  for (const element of all("[data-live-broken]")) {
    write(element, filled(element, { time }));
    element.hidden = false;
  }
  document.documentElement.dataset.liveIs = "broken";
}

function mended() {
  brokenSince = null;
  for (const element of all("[data-live-broken]")) element.hidden = true;
  document.documentElement.dataset.liveIs = "fresh";
}

function listen() {
  const wanted = document.querySelector("[data-live-src]")?.dataset.liveSrc ?? "";
  if (wanted === listensTo && source) return;
  stop();
  listensTo = wanted;
  // A page that nobody looks at does not hold one of the few connections of this browser.
  if (!wanted || document.hidden) return;
  source = new EventSource(wanted);
  heardAt = Date.now();
  for (const name of ["beat", "queues", "me", "others", "figures"]) {
    source.addEventListener(name, (event) => heard(name, event));
  }
  source.onerror = () => {
    broken();
    if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
    stop();
    retrying = setTimeout(listen, RETRY_MS);
  };
}

function stop() {
  clearTimeout(retrying);
  source?.close();
  source = null;
}

function tick() {
  if (source && Date.now() - heardAt > QUIET_FOR_MS) {
    broken();
    stop();
    listen();
  }
  if (last.queues && !brokenSince) showQueues(last.queues); // times go on by themselves
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
new MutationObserver(listen).observe(document.body, { childList: true, subtree: true });
setInterval(tick, TICK_MS);
listen();
