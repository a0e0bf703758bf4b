/** What the gesture would do, in a card that follows the cursor. */

import { fill } from "./hover.js";

const GAP_PX = 18;

const element = (tag, className, text) =>
  Object.assign(document.createElement(tag), { className, textContent: text });

const format = (value, words) => Number(value).toLocaleString(words.locale);

/** "012、013" or "012, 013". */
const listed = (texts, words) => texts.join(words.locale === "en" ? ", " : "、");

/** How far a number of households is over or short of the norm; either end may be open. */
function verdict([low, high], households, words) {
  if (high !== null && households > high) {
    return element("b", "wg-over", fill(words.overBy, { n: format(households - high, words) }));
  }
  if (households < low) {
    return element("b", "wg-short", fill(words.shortBy, { n: format(low - households, words) }));
  }
  return element("b", "wg-within", words.withinNorm);
}

function rangeText([low, high], words) {
  if (low === null) return `≤ ${format(high, words)}`;
  return high === null ? `≥ ${format(low, words)}` : `${format(low, words)}–${format(high, words)}`;
}

/** Verdicts and the norm itself; nothing to say where the target is no grid or nothing is counted. */
function normLine({ counted, state: { target, norm } }, numbers, words) {
  if (target === null || !norm || !counted) return null;
  const line = element("div", "wg-total-norm", "");
  numbers.forEach((households, i) => line.append(i ? " + " : "", verdict(norm, households, words)));
  line.append(` ${fill(words.normRange, { range: rangeText(norm, words) })}`);
  return line;
}

function lockedLine(outcome, draft, words) {
  if (!outcome.locked.length) return null;
  const grids = listed(outcome.locked.map((grid) => draft.numberOf(grid)).sort(), words);
  return element("div", "wg-total-locked", fill(words.lockedOut, { grids }));
}

const MODES = { add: "adding", remove: "removing" };

function chosenLine({ buildings, households }, { counted }, mode, words) {
  const values = { buildings: format(buildings, words), households: format(households, words) };
  const text = counted ? words.chosen : words.chosenBuildings;
  const line = element("div", "wg-total-chosen", fill(text, values));
  if (MODES[mode]) line.append(element("span", "wg-total-mode", words[MODES[mode]]));
  return line;
}

function targetLine({ before, after }, { counted, state }, words) {
  const values = { before: format(before, words), after: format(after, words) };
  const text = counted ? words.targetTotal : words.targetBuildings;
  return element("div", "wg-total-target", fill(text, { target: state.targetText ?? "", ...values }));
}

/**
 * The card's lines for a choice of buildings.
 *
 * @param {import("./draft.js").Outcome} outcome
 * @param {import("./draft.js").Draft} draft
 * @param {"set"|"add"|"remove"} mode
 * @param {Object<string, string>} words
 */
export function totalLines(outcome, draft, mode, words) {
  return [
    chosenLine(outcome, draft, mode, words),
    targetLine(outcome, draft, words),
    normLine(draft, [outcome.after], words),
    lockedLine(outcome, draft, words),
  ].filter(Boolean);
}

/**
 * The card's lines for a line across the target.
 *
 * @param {{leaving: number, staying: number}} parted
 */
export function partedLines({ leaving, staying }, draft, words) {
  const values = { staying: format(staying, words), leaving: format(leaving, words) };
  const target = draft.state.targetText ?? "";
  const text = draft.counted ? words.partedTotal : words.partedBuildings;
  const sums = element("div", "wg-total-target", fill(text, { target, ...values }));
  return [sums, normLine(draft, [staying, leaving], words)].filter(Boolean);
}

export const hintLine = (text) => element("div", "wg-total-hint", text);

export const warningLine = (text) => element("div", "wg-total-warning", text);

export class TotalCard {
  /** @param {L.Map} map */
  constructor(map) {
    this.map = map;
    this.node = element("div", "wg-total", "");
    this.node.hidden = true;
    map.getContainer().append(this.node);
  }

  /**
   * @param {Element[]} lines none hides the card
   * @param {{x: number, y: number}|null} at cursor in the map's container, css px
   */
  show(lines, at) {
    this.node.hidden = lines.length === 0 || !at;
    if (this.node.hidden) return;
    this.node.replaceChildren(...lines);
    this.#moveTo(at);
  }

  hide() {
    this.node.hidden = true;
  }

  /** Beside the cursor, on the side where there is room. */
  #moveTo({ x, y }) {
    const size = this.map.getSize();
    const { offsetWidth: w, offsetHeight: h } = this.node;
    const left = x + GAP_PX + w > size.x - 6 ? x - w - GAP_PX : x + GAP_PX;
    const top = y + GAP_PX + h > size.y - 6 ? y - h - GAP_PX : y + GAP_PX;
    this.node.style.left = `${Math.max(4, left)}px`;
    this.node.style.top = `${Math.max(4, top)}px`;
  }
}
