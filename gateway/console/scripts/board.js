// Draws the wall-board's charts and keeps its figures true. Tables say the same to everybody else.

import { hear, moment, span } from "./live.js";

const BANDS = ["overdue", "in_15_min", "in_1_h", "in_4_h", "in_24_h", "later"];
const HOUR = 12; // steps of five minutes
const language = document.documentElement.lang || "en";
const dark = matchMedia("(prefers-color-scheme: dark)");
const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
const charts = new Map();
let latest = null;

const all = (selector) => document.querySelectorAll(selector);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showFigures({ figures }) {
  latest = figures;
  const byName = new Map(figures.queues.map((each) => [each.queue, each]));
  for (const element of all("[data-board]")) {
    const [what, name, field] = element.dataset.board.split(":");
    if (what === "at") write(element, moment(new Date(figures.at)));
    else showFigure(element, byName.get(name)?.[what]?.[field], what);
  }
  for (const bar of all("[data-board-bands]")) showBands(bar, byName.get(bar.dataset.boardBands)?.due);
  showHours(figures.steps);
  draw();
}

function showFigure(element, value, what) {
  if (what === "due") {
    element.classList.toggle("none", !value);
    write(element, String(value ?? 0));
  } else write(element, value === null || value === undefined ? "–" : span(value));
}

function showBands(bar, due) {
  const total = BANDS.reduce((sum, band) => sum + (due?.[band] ?? 0), 0);
  let from = 0;
  BANDS.forEach((band, place) => {
    const width = total ? (100 * due[band]) / total : 0;
    const part = bar.children[place];
    part.setAttribute("x", String(from));
    part.setAttribute("width", String(width));
    from += width;
  });
}

function showHours(steps) {
  const rows = all("[data-board-hours] tr");
  rows.forEach((row, place) => {
    const hour = steps.slice(place * HOUR, (place + 1) * HOUR);
    if (!hour.length) return;
    const sum = (field) => hour.reduce((total, step) => total + step[field], 0);
    const said = [moment(new Date(hour[0].at)), sum("opened"), sum("closed"), hour.at(-1).open];
    [...row.children].forEach((cell, column) => write(cell, String(said[column])));
  });
}

// -- charts --------------------------------------------------------------------------------------

function columns(kind) {
  const at = latest.steps.map((step) => new Date(step.at) / 1000);
  if (kind === "open") return [at, latest.steps.map((step) => step.open)];
  return [at, latest.steps.map((step) => step.opened), latest.steps.map((step) => step.closed)];
}

function lines(element) {
  const drawn = [{}, { label: element.dataset.first, stroke: colour("--accent"), width: 2 }];
  // Told apart by more than colour: the second is dashed.
  if (element.dataset.second) {
    drawn.push({ label: element.dataset.second, stroke: colour("--good"), width: 2, dash: [6, 4] });
  }
  return drawn;
}

function options(element) {
  const axis = { stroke: colour("--soft"), space: 80, grid: { stroke: colour("--line"), width: 1 } };
  return {
    width: element.clientWidth,
    height: element.clientHeight - 32, // the legend's
    series: lines(element),
    axes: [axis, { ...axis, space: 40, size: 50 }],
    scales: { y: { range: (_chart, _least, most) => [0, Math.max(5, most * 1.1)] } },
    cursor: { drag: { setScale: false } },
    legend: { live: false },
    fmtDate: () => (date) => hour.format(date),
  };
}

function draw() {
  if (!latest) return;
  for (const element of all("[data-board-chart]")) {
    const known = charts.get(element);
    if (known) known.setData(columns(element.dataset.boardChart));
    else if (element.clientWidth) {
      charts.set(element, new uPlot(options(element), columns(element.dataset.boardChart), element));
    }
  }
}

function drawAnew() {
  for (const chart of charts.values()) chart.destroy();
  charts.clear();
  draw();
}

for (const element of all(".charts.needs-script")) element.hidden = false;
dark.addEventListener("change", drawAnew);
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  drawAnew();
});
hear("figures", showFigures);
