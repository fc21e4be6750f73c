// A form that did not arrive: said at once, and everything stays as it was. Sending it again is
// safe, because the server takes one decision under one claim.

export function listenToTrouble() {
  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    const method = ctx?.request?.method;
    if (method !== "POST") return;
    const texts = document.getElementById("page-texts").dataset;
    const isSlow = ctx.request.signal?.aborted;
    say(isSlow ? texts.tooSlow : texts.notSent);
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.request.method === "POST") refused().replaceChildren();
  });
}

function refused() {
  return document.getElementById("refused");
}

function say(words) {
  const box = document.createElement("div");
  box.className = "said bad";
  const line = document.createElement("p");
  line.textContent = words;
  box.append(line);
  refused().replaceChildren(box);
}
