// The decision: sent by one key once ruling and reason are there, else the key leads to what is
// missing. A usual reason fills the reason in and chooses its ruling.

export function decide() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onCtrlEnter);
  document.addEventListener("change", onChange);
  document.addEventListener("input", (event) => {
    if (event.target.id === "reason") say("");
  });
}

function onClick(event) {
  const usual = event.target.closest?.("[data-fills]");
  if (usual) {
    fill(usual);
    return;
  }
  const sends = event.target.closest?.("#decide button:not([type=button])");
  if (sends && !isReady(sends.form)) event.preventDefault();
}

function onCtrlEnter(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.form;
  if (!form || form.method !== "post") return;
  event.preventDefault();
  if (form.id !== "decide" || isReady(form)) form.requestSubmit();
}

function onChange(event) {
  const form = event.target.form;
  if (form?.id !== "decide") return;
  if (event.target.name === "action") check(form, "which", "these");
  if (["action", "which", "grounds"].includes(event.target.name)) check(form, "ruling", "enforce");
  say("");
}

function fill(usual) {
  const form = usual.form ?? usual.closest("form");
  form.elements[usual.dataset.fills].value = usual.dataset.text;
  check(form, "ruling", usual.dataset.ruling);
  if (form.elements.grounds) form.elements.grounds.value = usual.dataset.ground;
  form.dispatchEvent(new Event("input", { bubbles: true }));
  say("");
  form.querySelector("button:not([type=button])").focus();
}

function check(form, name, value) {
  for (const each of form.querySelectorAll(`[name="${name}"]`)) each.checked = each.value === value;
}

function isReady(form) {
  const texts = document.getElementById("page-texts").dataset;
  if (!form.querySelector("[name=ruling]:checked")) {
    return ask(form.querySelector("[name=ruling]"), texts.choose);
  }
  if (!form.elements.reason.value.trim()) return ask(form.elements.reason, texts.reason);
  return true;
}

/** The field is gone to, and is described by what is missing: so it is read out, and once. */
function ask(field, words) {
  say(words);
  field.setAttribute("aria-invalid", "true");
  field.blur();
  field.focus();
  return false;
}

function say(words) {
  const place = document.getElementById("missing");
  if (!place || place.textContent === words) return;
  place.textContent = words;
  for (const field of document.querySelectorAll("#decide [aria-invalid]")) field.removeAttribute("aria-invalid");
}
