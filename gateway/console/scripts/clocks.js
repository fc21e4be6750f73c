// What is left of a claim and of the time to take a decision back. For the eye alone: the moments
// themselves stand in the text.

const SOON_MS = 120_000;

export function startClocks() {
  tick();
  setInterval(tick, 1_000);
}

function tick() {
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = Date.parse(each.dataset.until) - Date.now();
    const said = left > 0 ? `${Math.floor(left / 60_000)}:${seconds(left)}` : "0:00";
    if (each.textContent !== said) each.textContent = said;
    each.classList.toggle("soon", left < SOON_MS);
  }
}

function seconds(left) {
  return String(Math.floor((left % 60_000) / 1_000)).padStart(2, "0");
}
