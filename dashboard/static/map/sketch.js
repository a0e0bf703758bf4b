/** The figure being drawn: its corners in degrees, and how it looks. */

import { toUnit, worldPx } from "./geo.js";
import { crossesItself } from "./rings.js";
import { toScreen } from "./scene.js";

/** Decimals of a degree that are told: about a centimetre. */
const DIGITS = 7;

const rounded = (value) => Number(value.toFixed(DIGITS));

/** @returns {[number, number]} lon, lat as the page is told them */
export const degrees = ({ lng, lat }) => [rounded(lng), rounded(lat)];

const same = (a, b) => a[0] === b[0] && a[1] === b[1];

/** Without points that repeat the one before them, also across the end. */
function distinct(points) {
  const kept = points.filter((point, i) => i === 0 || !same(point, points[i - 1]));
  while (kept.length > 1 && same(kept[0], kept.at(-1))) kept.pop();
  return kept;
}

/** Tools whose figure is drawn with the button held down. */
export const isDragged = (tool) => tool === "lasso" || tool === "rectangle";

/** Tools whose figure is made of single corners. */
export const isCornered = (tool) => tool === "polygon" || tool === "line";

export class Sketch {
  /**
   * @param {"polygon"|"rectangle"|"lasso"|"line"} kind
   * @param {[number, number]} start lon, lat
   */
  constructor(kind, start) {
    this.kind = kind;
    this.corners = [start];
    /** @type {[number, number]|null} where the next corner would be */
    this.cursor = null;
    this.finished = false;
  }

  get isLine() {
    return this.kind === "line";
  }

  /** Corners so far and the one at the cursor. */
  get points() {
    if (this.kind === "rectangle") return this.#box();
    return this.cursor && isCornered(this.kind) ? [...this.corners, this.cursor] : this.corners;
  }

  /** The closed area; empty where there is none yet. */
  get ring() {
    const points = this.isLine ? [] : distinct(this.points);
    return points.length < 3 ? [] : points;
  }

  /** Lassos may: nobody draws by hand without a loop, and odd and even settle what is inside. */
  get isRefused() {
    return this.kind === "polygon" && this.ring.length > 2 && crossesItself(this.ring);
  }

  /** Is there enough of it to be told? */
  get isComplete() {
    return this.isLine ? distinct(this.corners).length > 1 : this.ring.length > 2;
  }

  /** Leave the cursor out from now on. */
  finish() {
    if (this.kind === "rectangle") this.corners = this.#box();
    this.cursor = null;
    this.finished = true;
  }

  #box() {
    const [from, to] = [this.corners[0], this.cursor];
    if (this.finished || !to) return this.corners;
    if (from[0] === to[0] || from[1] === to[1]) return [from];
    return [from, [to[0], from[1]], to, [from[0], to[1]]];
  }
}

/* ---- painting ---- */

const FINISHED_ALPHA = 0.7;

/** A function from degrees to css px of the canvas. */
function projector(frame) {
  const world = worldPx(frame.zoom);
  return ([lon, lat]) => {
    const [x, y] = toUnit(lon, lat);
    return [x * world - frame.originX, y * world - frame.originY];
  };
}

function trace(points, closed) {
  const path = new Path2D();
  points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  if (closed) path.closePath();
  return path;
}

function strokeDashed(ctx, path, frame, ink, halo) {
  ctx.lineJoin = "round";
  ctx.lineWidth = 4.6 * frame.k;
  ctx.strokeStyle = halo;
  ctx.stroke(path);
  ctx.setLineDash([6 * frame.k, 4 * frame.k]);
  ctx.lineWidth = 2 * frame.k;
  ctx.strokeStyle = ink;
  ctx.stroke(path);
  ctx.setLineDash([]);
}

/** Corners as dots; the first one larger, since a click on it ends the polygon. */
function drawCorners(ctx, points, frame, sketch, ink, halo) {
  points.forEach(([x, y], i) => {
    const ends = i === 0 && sketch.kind === "polygon" && points.length > 2;
    ctx.beginPath();
    ctx.arc(x, y, (ends ? 5 : 3.2) * frame.k, 0, 2 * Math.PI);
    ctx.fillStyle = ends ? halo : ink;
    ctx.fill();
    ctx.lineWidth = 1.8 * frame.k;
    ctx.strokeStyle = ends ? ink : halo;
    ctx.stroke();
  });
}

/** A dot on each building that counts: its point decides, not its outline. */
function drawCounted(ctx, places, frame, { ink, halo }) {
  const world = worldPx(frame.zoom);
  const r = 2.4 * frame.k;
  const path = new Path2D();
  for (const [ux, uy] of places) {
    const [x, y] = [ux * world - frame.originX, uy * world - frame.originY];
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  }
  ctx.lineWidth = 1.6 * frame.k;
  ctx.strokeStyle = halo;
  ctx.stroke(path);
  ctx.fillStyle = ink;
  ctx.fill(path);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import("./types.js").Frame} frame
 * @param {Sketch} sketch
 * @param {[number, number][]} counted unit positions of the buildings that count
 * @param {Object<string, string>} colors
 */
export function paintSketch(ctx, frame, sketch, counted, colors) {
  toScreen(ctx, frame);
  // Done, it is only a reminder: the chosen buildings and the new border are what counts then.
  ctx.globalAlpha = sketch.finished ? FINISHED_ALPHA : 1;
  const ink = sketch.isRefused ? colors.leftOver : colors.ink;
  const project = projector(frame);
  const points = sketch.points.map(project);
  if (points.length > 1) {
    const outline = trace(points, !sketch.isLine);
    if (!sketch.isLine && !sketch.finished) {
      ctx.globalAlpha = 0.1;
      ctx.fillStyle = sketch.isRefused ? ink : colors.accent;
      ctx.fill(outline, "evenodd");
      ctx.globalAlpha = 1;
    }
    drawCounted(ctx, counted, frame, colors);
    strokeDashed(ctx, outline, frame, ink, colors.halo);
  }
  const handles = isCornered(sketch.kind) && !sketch.finished ? sketch.corners.map(project) : [];
  drawCorners(ctx, handles, frame, sketch, ink, colors.halo);
  ctx.globalAlpha = 1;
}
