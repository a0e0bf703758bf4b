/** The indicator strip: one radio group; each cell is a figure that switches the map. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 60;
const HEIGHT = 22;

export default function ({ data, parentElement, setTriggerValue }) {
  const strip = document.createElement("div");
  strip.className = "strip";
  strip.setAttribute("role", "radiogroup");
  strip.setAttribute("aria-label", data.label);
  data.cells.forEach((cell) => strip.append(makeCell(cell, cell.key === data.selected)));
  strip.addEventListener("click", (event) => pick(strip, event.target.closest("button"), setTriggerValue));
  strip.addEventListener("keydown", (event) => step(strip, event));
  parentElement.querySelector(".part").replaceChildren(strip);
}

function makeCell(cell, checked) {
  const button = document.createElement("button");
  button.className = "cell";
  button.dataset.key = cell.key;
  button.title = cell.help;
  button.tabIndex = checked ? 0 : -1;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(checked));
  button.append(element("span", "label cut", cell.label), element("span", `change ${cell.change_tone}`, cell.change));
  const value = element("span", "value", cell.value);
  value.append(element("span", "unit", cell.unit));
  button.append(value, cell.trend.filter((y) => y !== null).length > 1 ? spark(cell.trend) : element("span"));
  button.append(element("span", `verdict cut ${cell.tone || "muted"}`, cell.verdict));
  return button;
}

/** Twelve months as a line; the last one is marked. */
function spark(trend) {
  const known = trend.filter((y) => y !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const points = trend
    .map((y, i) => (y === null ? null : [(i / (trend.length - 1)) * WIDTH, HEIGHT - 2 - ((y - low) / span) * (HEIGHT - 4)]))
    .filter(Boolean);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map((p) => p.map((n) => n.toFixed(1)).join(",")).join(" "));
  const dot = document.createElementNS(SVG, "circle");
  const [x, y] = points[points.length - 1];
  dot.setAttribute("cx", x);
  dot.setAttribute("cy", y);
  dot.setAttribute("r", 2);
  svg.append(line, dot);
  return svg;
}

function pick(strip, button, setTriggerValue) {
  if (!button) return;
  for (const other of strip.children) {
    other.setAttribute("aria-checked", String(other === button));
    other.tabIndex = other === button ? 0 : -1;
  }
  setTriggerValue("pick", button.dataset.key);
}

/** Arrow keys move and choose, as in every radio group. */
function step(strip, event) {
  const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const here = [...strip.children].indexOf(event.target);
  if (!move || here < 0) return;
  const next = strip.children[(here + move + strip.children.length) % strip.children.length];
  next.focus();
  next.click();
  event.preventDefault();
}
