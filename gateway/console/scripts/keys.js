// Single keys. Whatever carries data-key answers to it: a field is gone to, a choice is made, a
// button is pressed. None works with a modifier or while something is typed, and all of them can be
// turned off (WCAG 2.1.4).

const SWITCH = "casework.keys";
const LONGEST_WAIT_MS = 5_000;
const NOTHING = { key: "", until: 0 };
let early = NOTHING;
const TYPED_INTO = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

export function listenToKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") turn(event.target.checked);
  });
  document.addEventListener("toggle", onToggle, true);
  show(isOn());
}

export function isOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

function turn(on) {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    // Without storage the choice holds for this page.
  }
  show(on);
}

function show(on) {
  document.documentElement.classList.toggle("keys-off", !on);
  const box = document.getElementById("keys-on");
  if (box) box.checked = on;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches?.(TYPED_INTO)) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.(TYPED_INTO) || document.querySelector("dialog[open]")) return;
  if (!isOn() && event.key !== "?") return;
  if (event.repeat) return;
  if (isWaiting() && event.key.length === 1) {
    event.preventDefault(); // it was meant for the field that is not there yet
    return;
  }
  early = NOTHING; // whoever moves on with Tab or Enter waits for nothing
  const found = answering(event.key);
  if (!found) {
    if (isComing() && /^[a-z0-9]$/.test(event.key)) wait(event.key);
    return;
  }
  event.preventDefault();
  press(found);
}

// A key may belong to what is still on its way. Then it waits for it, and what is typed after it is
// no command.
function isComing() {
  return document.querySelector("#around[hx-get]")?.childElementCount === 0;
}

function wait(key) {
  early = { key, until: performance.now() + LONGEST_WAIT_MS };
}

function isWaiting() {
  return performance.now() < early.until;
}

export function pressWhatWaited() {
  if (isComing()) return;
  const found = isWaiting() ? answering(early.key) : null;
  early = NOTHING;
  if (found) press(found);
}

function answering(key) {
  const fitting = `[data-key~="${CSS.escape(key)}"]`;
  return [...document.querySelectorAll(fitting)].find((each) => !each.disabled && isThere(each));
}

function isThere(element) {
  // A key opens the section its field lies in; only what is hidden altogether does not answer.
  return element.closest("[hidden]") === null;
}

function press(found) {
  if (found.id === "show-keys") {
    list();
    return;
  }
  for (let part = found.closest("details"); part; part = part.parentElement.closest("details")) {
    if (found.tagName !== "SUMMARY" || part !== found.parentElement) part.open = true;
  }
  if (found.tagName === "SUMMARY") {
    found.parentElement.open = !found.parentElement.open;
    (found.parentElement.open ? firstField(found.parentElement) ?? found : found).focus();
  } else if (found.matches(TYPED_INTO)) {
    found.focus();
    found.scrollIntoView({ block: "nearest" });
  } else {
    if (found.matches("input")) found.focus();
    found.click();
  }
}

function firstField(part) {
  return part.querySelector("input:not([type=hidden]), textarea, select, button");
}

function onToggle(event) {
  if (event.target.id === "keys" && event.newState === "closed") {
    document.getElementById("judged")?.focus({ preventScroll: true });
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#show-keys")) list();
});

function list() {
  const dialog = document.getElementById("keys");
  if (dialog.open) return;
  const rows = [...document.querySelectorAll("[data-key][data-does]")]
    .filter(isThere)
    .map((each) => row(each.dataset.key.split(" "), each.dataset.does));
  document.getElementById("keys-list").replaceChildren(...rows);
  dialog.showModal();
  document.getElementById("keys-title").focus();
}

function row(keys, does) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    name.append(cap, " ");
  }
  const what = document.createElement("td");
  what.textContent = does;
  line.append(name, what);
  return line;
}
