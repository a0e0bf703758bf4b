/** Lorenz curves in a square, over the diagonal of equal shares. */

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 100;
const DASHES = ["", "5 3", "1.5 2.5"];

export default function ({ data, parentElement }) {
  const box = element("div", "lorenz");
  const chart = element("div", "chart");
  chart.append(element("span", "y", data.axes.y), makeChart(data), element("span", "x", data.axes.x));
  const keys = element("div", "keys");
  keys.append(makeKey(data.axes.even, "var(--st-gray-text-color)", "2 2"));
  data.curves.forEach((curve, n) => keys.append(makeKey(curve.label, curve.color, DASHES[n % DASHES.length])));
  box.append(chart, keys);
  parentElement.querySelector(".part").replaceChildren(box);
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function makeChart(data) {
  const chart = shape("svg", { viewBox: `-2 -2 ${SIDE + 4} ${SIDE + 4}`, role: "img" });
  chart.setAttribute("aria-label", [data.axes.y, ...data.curves.map((curve) => curve.label)].join(", "));
  for (const quarter of [0, 25, 50, 75, 100]) {
    chart.append(shape("line", { class: "rule", x1: quarter, x2: quarter, y1: 0, y2: SIDE }));
    chart.append(shape("line", { class: "rule", y1: quarter, y2: quarter, x1: 0, x2: SIDE }));
  }
  chart.append(shape("line", { class: "even", x1: 0, y1: SIDE, x2: SIDE, y2: 0 }));
  data.curves.forEach((curve, n) => {
    const points = curve.points.map(([x, y]) => `${x * SIDE},${(1 - y) * SIDE}`).join(" ");
    const dash = DASHES[n % DASHES.length];
    chart.append(shape("polyline", { class: "curve", points, stroke: curve.color, "stroke-dasharray": dash }));
  });
  return chart;
}

function makeKey(text, color, dash) {
  const entry = element("span");
  const mark = shape("svg", { viewBox: "0 0 20 8", class: "mark" });
  mark.append(shape("line", { x1: 0, x2: 20, y1: 4, y2: 4, stroke: color, "stroke-width": 2, "stroke-dasharray": dash }));
  mark.firstChild.style.stroke = color;
  entry.append(mark, text);
  return entry;
}
