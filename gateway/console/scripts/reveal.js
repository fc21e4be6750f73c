// Pictures are blurred until asked for. One button, which answers to `v`, takes all of them a step
// further: grey, then in colour, then blurred again.

const STEPS = ["hidden", "grey", "colour"];

function reveal() {
  for (const group of document.querySelectorAll(".picture fieldset")) {
    const chosen = group.querySelector("input:checked");
    const next = STEPS[(STEPS.indexOf(chosen?.value) + 1) % STEPS.length];
    group.querySelector(`input[value="${next}"]`).checked = true;
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-reveal]")) reveal();
});
