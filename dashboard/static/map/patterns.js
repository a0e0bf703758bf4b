/** Hatches: 45° lines that keep their width on screen and their place on the ground. */

const cache = new Map();

function tile(color, periodPx, linePx) {
  const key = `${color} ${periodPx} ${linePx}`;
  if (!cache.has(key)) cache.set(key, drawTile(color, periodPx, linePx));
  return cache.get(key);
}

function drawTile(color, period, line) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = period;
  const ctx = canvas.getContext("2d");
  ctx.strokeStyle = color;
  ctx.lineWidth = line;
  ctx.beginPath();
  // Three strokes, so that the corners meet when the square repeats.
  for (const shift of [-period, 0, period]) {
    ctx.moveTo(shift - 1, period + 1);
    ctx.lineTo(shift + period + 1, -1);
  }
  ctx.stroke();
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} ctx with the transform the fill will use
 * @param {import("./types.js").Frame} frame
 * @param {string} color
 * @param {number} periodPx distance of the lines along an axis, css px at size factor 1
 * @param {number} linePx
 */
export function hatch(ctx, frame, color, periodPx, linePx) {
  const size = frame.k * frame.dpr;
  const period = Math.max(3, Math.round(periodPx * size));
  const pattern = ctx.createPattern(tile(color, period, linePx * size), "repeat");
  const shift = (origin) => -((origin * frame.dpr) % period);
  const place = new DOMMatrix().translate(shift(frame.originX), shift(frame.originY));
  pattern.setTransform(ctx.getTransform().inverse().multiply(place));
  return pattern;
}
