// What every console page runs. Pages work without it; with it they answer to single keys, keep
// what was typed, and say so when something could not be sent.

import { keepDrafts, keepFields, listenToDrafts, forget } from "./drafts.js";
import { listenToKeys, pressWhatWaited } from "./keys.js";
import { listenToTrouble } from "./trouble.js";
import { startClocks } from "./clocks.js";
import { decide } from "./decision.js";
import "./reveal.js";

const NARROW = window.matchMedia("(max-width: 56rem)");

function settleIn() {
  for (const each of document.querySelectorAll(".needs-script")) each.hidden = false;
  for (const each of document.querySelectorAll(".without-script")) each.hidden = true;
  if (NARROW.matches) {
    for (const each of document.querySelectorAll("#main details.fold:not([data-settled])")) {
      each.dataset.settled = "yes";
      each.open = each.querySelector("#policy") !== null;
    }
  }
  keepDrafts(document.getElementById("decide"));
}

function greet() {
  const heading = document.getElementById("judged") ?? document.getElementById("start");
  if (heading) heading.focus({ preventScroll: true });
}

/** What was just done. A region that comes with its text is read by few; this one stays. */
function sayAloud() {
  document.getElementById("heard").textContent = document.querySelector("#main [data-said]")?.textContent ?? "";
}

listenToKeys();
listenToTrouble();
startClocks();
decide();
listenToDrafts();
settleIn();
document.documentElement.classList.add("scripted");
if (document.getElementById("judged") && !location.hash) greet();

document.addEventListener("htmx:before:request", (event) => {
  const asking = event.detail.ctx.sourceElement;
  const isByItself = asking.hasAttribute("hx-trigger");
  if (!isByItself && asking.id !== "decide") keepFields();
});
document.addEventListener("htmx:before:swap", (event) => {
  // To take away what has the focus would have both pages laid out, the old one and the new.
  if (event.detail.ctx.select === "#main") document.activeElement?.blur();
});
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const isPage = ctx.select === "#main";
  if (!isPage) {
    settleIn();
    pressWhatWaited();
    return;
  }
  document.getElementById("refused").replaceChildren();
  if (ctx.request.action.endsWith("/decision")) forget(ctx.request.action.split("/").at(-2));
  settleIn();
  scrollTo(0, 0);
  greet();
  sayAloud();
});
