/** Marks of the page's own: discs with a short number, above all points and never left out. */

import { FAMILY } from "./fonts.js";
import { toUnit, worldPx } from "./geo.js";

/** Radius with a text and without, px at size factor 1. */
const RADIUS = { text: 10.5, plain: 6 };

const TEXT_PX = 12;

/** Room between a wide text and the end of its disc, which then grows into a lozenge. */
const PAD_PX = 5.5;

const setFont = (ctx, frame) => {
  ctx.font = `600 ${(TEXT_PX * frame.k).toFixed(2)}px ${FAMILY}`;
};

/**
 * @typedef {Object} PlacedMark a mark on screen
 * @property {"mark"} layer
 * @property {import("./types.js").Mark} mark
 * @property {{x: number, y: number}} at css px of the canvas
 * @property {number} r half its height, css px
 * @property {number} reach half its width, css px
 */

/** Half the width of a disc: its radius, unless the text needs more. */
function reachOf(ctx, text, r, frame) {
  const half = ctx.measureText(text).width / 2;
  return half > 0.8 * r ? Math.max(r, half + PAD_PX * frame.k) : r;
}

/** Marks of the state, and those in the middle of its circles. */
const marksOf = ({ marks, discs }) => [...marks, ...discs.filter(({ text, title }) => text || title)];

/**
 * Marks within the frame, lowest first: the page's first mark is its most important one.
 *
 * @param {import("./main.js").Model} model
 * @returns {PlacedMark[]}
 */
export function placedMarks(ctx, frame, { state }) {
  const side = worldPx(frame.zoom);
  setFont(ctx, frame);
  const placed = marksOf(state).map((mark) => {
    const [x, y] = toUnit(mark.lon, mark.lat);
    const at = { x: x * side - frame.originX, y: y * side - frame.originY };
    const r = (mark.text ? RADIUS.text : RADIUS.plain) * frame.k;
    return { layer: "mark", mark, at, r, reach: reachOf(ctx, mark.text, r, frame) };
  });
  const isVisible = ({ at: { x, y }, r, reach }) =>
    x > -reach && y > -r && x < frame.width + reach && y < frame.height + r;
  return placed.filter(isVisible).reverse();
}

export function paintMarks(ctx, frame, { colors, fonts }, marks) {
  setFont(ctx, frame);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const { mark, at, r, reach } of marks) {
    ctx.beginPath();
    ctx.roundRect(at.x - reach, at.y - r, 2 * reach, 2 * r, r);
    // Half of the line lies under the fill: what is seen is a ring of 1.6 px.
    ctx.lineWidth = 3.2 * frame.k;
    ctx.strokeStyle = colors.halo;
    ctx.stroke();
    ctx.fillStyle = colors.tones[mark.tone || "plain"];
    ctx.fill();
    if (!mark.text || !fonts.has(mark.text)) continue;
    ctx.fillStyle = colors.toneText;
    ctx.fillText(mark.text, at.x, at.y + 0.5 * frame.k);
  }
}
