// Nothing typed is lost: what is filled in on a review's form is kept in this tab until it is sent.

const PREFIX = "casework.draft.";

/** To be called after whatever else changes the form on its events, so that all of it is kept. */
export function listenToDrafts() {
  const changed = (event) => keepFields(event.target.closest?.("#decide"));
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
}

export function keepDrafts(form) {
  if (!form || form.dataset.kept) return;
  form.dataset.kept = "yes";
  restore(form);
}

/** Only once the draft was looked up: a fresh form must not take the place of what it should show. */
export function keepFields(form = document.getElementById("decide")) {
  if (form?.dataset.kept) keep(form);
}

export function forget(review) {
  try {
    sessionStorage.removeItem(PREFIX + review);
  } catch {
    // Nothing was kept either.
  }
}

function keep(form) {
  const filled = [...new FormData(form)].filter(
    ([name, value]) => name !== "csrf" && name !== "etag" && typeof value === "string",
  );
  try {
    sessionStorage.setItem(PREFIX + form.dataset.review, JSON.stringify(filled));
  } catch {
    // A full or forbidden storage must not keep anybody from deciding.
  }
}

function restore(form) {
  let filled;
  try {
    filled = JSON.parse(sessionStorage.getItem(PREFIX + form.dataset.review) ?? "null");
  } catch {
    return;
  }
  if (!Array.isArray(filled) || form.elements.reason.value) return;
  for (const field of form.elements) {
    const values = filled.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = values.includes(field.value);
    } else if (field.type !== "hidden" && values.length > 0) {
      [field.value] = values;
    }
  }
}
