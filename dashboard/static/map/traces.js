/** Lines of the page's own, such as the way somebody walks; solid ones show their direction. */

import { toUnit, worldPx } from "./geo.js";
import { stroke } from "./lines.js";
import { toScreen } from "./scene.js";

const LINE_PX = 3;
const CASING_PX = 6;
const DASH_PX = [8, 6];

/** Distance of the arrowheads along a line; half of it lies before the first. */
const ARROW_EVERY_PX = 80;

/** How far each half of an arrowhead reaches back, and to its side. */
const ARROW_PX = 4.6;

/** @returns {{x: number, y: number}[]} css px of the canvas */
function onCanvas({ line }, frame) {
  const side = worldPx(frame.zoom);
  return line.map(([lon, lat]) => {
    const [x, y] = toUnit(lon, lat);
    return { x: x * side - frame.originX, y: y * side - frame.originY };
  });
}

function pathThrough(points) {
  const path = new Path2D();
  points.forEach(({ x, y }, i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}

/** Add an arrowhead whose tip lies at (x, y) and points along the unit vector (dx, dy). */
function addArrow(path, x, y, dx, dy, size) {
  path.moveTo(x - (dx - dy) * size, y - (dy + dx) * size);
  path.lineTo(x, y);
  path.lineTo(x - (dx + dy) * size, y - (dy - dx) * size);
}

/** Arrowheads within the frame, counted from the line's start so that panning leaves them in place. */
function arrowsOn(points, frame) {
  const path = new Path2D();
  const every = ARROW_EVERY_PX * frame.k;
  let next = every / 2;
  for (let i = 1; i < points.length; i++) {
    const from = points[i - 1];
    const [w, h] = [points[i].x - from.x, points[i].y - from.y];
    const length = Math.hypot(w, h);
    for (; next <= length; next += every) {
      const [x, y] = [from.x + (w * next) / length, from.y + (h * next) / length];
      const visible = x > 0 && y > 0 && x < frame.width && y < frame.height;
      if (visible) addArrow(path, x, y, w / length, h / length, ARROW_PX * frame.k);
    }
    next -= length;
  }
  return path;
}

/** @param {import("./main.js").Model} model */
export function paintTraces(ctx, frame, { colors, state }) {
  toScreen(ctx, frame);
  const { k } = frame;
  const lines = state.traces.map((trace) => ({ trace, points: onCanvas(trace, frame) }));
  // All casings first: where lines meet, none is cut by the casing of another.
  for (const { points } of lines) stroke(ctx, pathThrough(points), 1, CASING_PX * k, colors.halo);
  for (const { trace, points } of lines) {
    const color = colors.tones[trace.tone || "plain"];
    const dash = trace.dashed ? DASH_PX.map((length) => length * k) : [];
    stroke(ctx, pathThrough(points), 1, LINE_PX * k, color, dash);
    if (trace.dashed) continue;
    const arrows = arrowsOn(points, frame);
    stroke(ctx, arrows, 1, 5 * k, colors.halo);
    stroke(ctx, arrows, 1, 2.4 * k, color);
  }
}
