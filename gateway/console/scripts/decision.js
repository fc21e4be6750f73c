// The decision: sent by one key once ruling and reason are there, else the key leads to what is
// missing. A usual reason fills the reason in and chooses its ruling.

export function decide() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onCtrlEnter);
  document.addEventListener("change", onChange);
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
    say(texts.choose);
    form.querySelector("[name=ruling]").focus();
    return false;
  }
  if (!form.elements.reason.value.trim()) {
    say(texts.reason);
    form.elements.reason.focus();
    return false;
  }
  return true;
}

function say(words) {
  const place = document.getElementById("missing");
  if (place && place.textContent !== words) place.textContent = words;
}
