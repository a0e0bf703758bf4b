/** The legend card, bottom left: what each mark means and how many there are of it. */

import { lineOn } from "./cells.js";
import { kindOf } from "./icons.js";
import { DIAMOND, HOUSE, SQUARE, TRIANGLE } from "./symbols.js";

const element = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

const points = (corners, r) => corners.map(([x, y]) => `${11 + x * r},${7 + y * r}`).join(" ");

const MARKS = {
  circle: (c, { halo }) => `<circle cx="11" cy="7" r="4.6" fill="${c}" stroke="${halo}" stroke-width=".8"/>`,
  ring: (c, { inside }) => `<circle cx="11" cy="7" r="4.2" fill="${inside}" stroke="${c}" stroke-width="1.6"/>`,
  triangle: (c) => `<polygon points="${points(TRIANGLE, 4)}" fill="${c}"/>`,
  square: (c) => `<polygon points="${points(SQUARE, 5)}" fill="${c}"/>`,
  diamond: (c) => `<polygon points="${points(DIAMOND, 4.2)}" fill="${c}"/>`,
  house: (c) => `<polygon points="${points(HOUSE, 4.4)}" fill="${c}"/>`,
  trace: (c) => `<line x1="1" y1="7" x2="21" y2="7" stroke="${c}" stroke-width="3"/>`,
  line: (c) => `<line x1="1" y1="7" x2="21" y2="7" stroke="${c}" stroke-width="2" stroke-dasharray="6 3"/>`,
};

function hatched(color, colors) {
  const box = element("span", "wg-swatch");
  const line = color || colors.unknown;
  box.style.background = `repeating-linear-gradient(135deg, transparent 0 3px, ${line} 3px 4px), ${colors.inside}`;
  return box;
}

function filled(color) {
  const box = element("span", "wg-swatch");
  box.style.backgroundColor = color;
  return box;
}

/** A colour under a hatch, as areas of the page's own may have it. */
function hatchedFill(color) {
  const box = filled(color);
  box.style.backgroundImage = `repeating-linear-gradient(135deg, transparent 0 3px, ${lineOn(color)} 3px 4px)`;
  return box;
}

function disc(row, { colors, icons }) {
  const box = element("span", "wg-mark");
  const color = row.color || colors.facilities[kindOf(row.icon).family];
  const d = icons.get(row.icon)?.d ?? "";
  box.innerHTML = `<svg viewBox="0 0 22 14" aria-hidden="true"><circle cx="11" cy="7" r="7" fill="${color}"/>
    <path transform="translate(6.6 2.6) scale(.587)" fill="${colors.icon}" d="${d}"/></svg>`;
  return box;
}

/** The mark of a row; the wall's legend draws it too. */
export function swatch(row, model) {
  if (row.swatch === "hatch") return hatched(row.color, model.colors);
  if (row.swatch === "hatched_fill") return hatchedFill(row.color);
  if (row.swatch === "icon") return disc(row, model);
  if (!MARKS[row.swatch]) return filled(row.color);
  const box = element("span", "wg-mark");
  const color = row.color || model.colors.quiet;
  box.innerHTML = `<svg viewBox="0 0 22 14" aria-hidden="true">${MARKS[row.swatch](color, model.colors)}</svg>`;
  return box;
}

function line(row, model) {
  const item = element("div", "wg-legend-row");
  item.append(swatch(row, model), element("span", "", row.text));
  if (row.count !== null && row.count !== undefined) {
    item.append(element("span", "wg-legend-count", String(row.count)));
  }
  return item;
}

function section(legend, model) {
  const part = element("section");
  part.append(element("h4", "", legend.title));
  if (legend.subtitle) part.append(element("p", "", legend.subtitle));
  part.append(...legend.rows.map((row) => line(row, model)));
  return part;
}

/** Control that shows the state's legends. */
export class LegendCard {
  constructor(map) {
    this.node = element("div", "wg-legend");
    this.node.setAttribute("role", "note");
    const { node } = this;
    const Card = window.L.Control.extend({ onAdd: () => node });
    new Card({ position: "bottomleft" }).addTo(map);
    window.L.DomEvent.disableClickPropagation(node);
    window.L.DomEvent.disableScrollPropagation(node);
    this.shown = "";
  }

  /** @param {import("./main.js").Model} model */
  show(model) {
    const legends = model.state.legends ?? [];
    const icons = legends.flatMap(({ rows }) => rows.map((row) => row.icon && Boolean(model.icons.get(row.icon))));
    const shown = JSON.stringify([legends, model.state.theme, icons]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.node.hidden = legends.length === 0;
    this.node.replaceChildren(...legends.map((legend) => section(legend, model)));
  }

  get width() {
    return this.node.hidden ? 0 : this.node.offsetWidth;
  }
}
