/**
 * Areas of the page's own, such as the squares of a hot spot analysis, and circles on the ground.
 *
 * There may be tens of thousands: their corners are worked out once for as long as the shape stays
 * the same, and all that share a colour are one path. Corners lie on whole device pixels, so that
 * upright squares of different colours meet without a gap.
 */

import { inRings, toUnit, worldPx } from "./geo.js";
import { stroke } from "./lines.js";
import { hatch } from "./patterns.js";
import { toScreen } from "./scene.js";

/** Outlines are left out where areas are smaller than this on screen, px at size factor 1. */
const OUTLINED_FROM_PX = 7;

/** A metre is this many degrees of latitude. */
const DEGREES_PER_METRE = 360 / 40075016.686;

const CIRCLE_CORNERS = 96;

/** Values from their differences. */
function summed(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

/**
 * Corners of all areas one after the other: how many each has, and their degrees.
 *
 * @typedef {{sizes: number[], lon: number[], lat: number[]}} Corners
 */

/** @returns {Corners} of the rings, from whole numbers */
function ringCorners({ digits, sizes, lon, lat }) {
  const unit = 10 ** digits;
  const degrees = (steps) => summed(steps).map((whole) => whole / unit);
  return { sizes, lon: degrees(lon), lat: degrees(lat) };
}

/** Corners of a parallelogram, in columns and rows from its first one. */
const AROUND = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** @returns {Corners} of a lattice's parallelograms */
function latticeCorners({ affine, columns, rows }) {
  const [lon0, lat0, lonColumn, latColumn, lonRow, latRow] = affine;
  const [lon, lat] = [[], []];
  const across = summed(rows);
  summed(columns).forEach((column, i) => {
    for (const [right, up] of AROUND) {
      const [c, r] = [column + right, across[i] + up];
      lon.push(lon0 + c * lonColumn + r * lonRow);
      lat.push(lat0 + c * latColumn + r * latRow);
    }
  });
  return { sizes: columns.map(() => AROUND.length), lon, lat };
}

/** The areas of a shape on the unit square; plain numbers in long arrays, since there are many. */
class Shape {
  /** @param {import("./types.js").CellsState["shape"]} shape */
  constructor(shape) {
    const { sizes, lon, lat } = shape.affine ? latticeCorners(shape) : ringCorners(shape);
    this.count = sizes.length;
    /** Where the corners of each area begin, and where the last ones end. */
    this.starts = Int32Array.from([0, ...summed(sizes)]);
    this.x = new Float64Array(lon.length);
    this.y = new Float64Array(lat.length);
    lon.forEach((degrees, i) => ([this.x[i], this.y[i]] = toUnit(degrees, lat[i])));
    /** West, north, east, south of each area. */
    this.boxes = new Float64Array(4 * this.count);
    for (let area = 0; area < this.count; area++) this.#measure(area);
    this.side = this.#typicalSide();
  }

  #measure(area) {
    const [from, to] = [this.starts[area], this.starts[area + 1]];
    const [x, y] = [this.x.subarray(from, to), this.y.subarray(from, to)];
    this.boxes.set([Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)], 4 * area);
  }

  /** Side of an area of middling size. */
  #typicalSide() {
    const sides = new Float64Array(this.count);
    for (let area = 0, at = 0; area < this.count; area++, at += 4) {
      const [west, north, east, south] = this.boxes.subarray(at, at + 4);
      sides[area] = Math.sqrt((east - west) * (south - north));
    }
    return sides.sort()[this.count >> 1] ?? 0;
  }

  /** Does an area's box meet another one? */
  meets(area, west, north, east, south) {
    const { boxes } = this;
    const at = 4 * area;
    return boxes[at] <= east && boxes[at + 1] <= south && boxes[at + 2] >= west && boxes[at + 3] >= north;
  }

  ring(area) {
    const points = [];
    for (let i = this.starts[area]; i < this.starts[area + 1]; i++) points.push([this.x[i], this.y[i]]);
    return points;
  }

  /**
   * Add an area to a path, its corners on whole device pixels.
   *
   * It ends where it began instead of being closed: Chromium takes seconds to close thousands of
   * rings in one path.
   */
  trace(path, area, frame) {
    const side = worldPx(frame.zoom);
    const { dpr, originX, originY } = frame;
    const [from, to] = [this.starts[area], this.starts[area + 1]];
    for (let i = from; i <= to; i++) {
      const at = i < to ? i : from;
      const x = Math.round((this.x[at] * side - originX) * dpr) / dpr;
      const y = Math.round((this.y[at] * side - originY) * dpr) / dpr;
      if (i > from) path.lineTo(x, y);
      else path.moveTo(x, y);
    }
  }
}

const EMPTY = new Shape({ digits: 0, sizes: [], lon: [], lat: [] });

export class Cells {
  constructor() {
    this.key = "";
    this.shape = EMPTY;
    /** @type {import("./types.js").CellsState|null} */
    this.state = null;
  }

  /** @param {import("./types.js").CellsState|null} state */
  use(state) {
    const key = state ? JSON.stringify(state.shape) : "";
    this.state = state;
    if (key === this.key) return;
    this.key = key;
    this.shape = state ? new Shape(state.shape) : EMPTY;
  }

  /** @returns {number|null} index of the area at a place */
  hit(lon, lat) {
    const { shape } = this;
    const [x, y] = toUnit(lon, lat);
    for (let area = 0; area < shape.count; area++) {
      if (shape.meets(area, x, y, x, y) && inRings(x, y, [shape.ring(area)])) return area;
    }
    return null;
  }

  /** @returns {string[]|null} what hovering says of an area */
  tip(area) {
    const { tips, texts } = this.state;
    const [title, text] = [texts[tips[2 * area]], texts[tips[2 * area + 1]]];
    return title || text ? [title, text].filter(Boolean) : null;
  }

  /**
   * One path for each class that is visible, in css px of the canvas.
   *
   * @returns {Map<number|null, Path2D>}
   */
  paths(frame) {
    const paths = new Map();
    const { shape, state: { classes } } = this;
    const side = worldPx(frame.zoom);
    const [west, north] = [frame.originX / side, frame.originY / side];
    const [east, south] = [west + frame.width / side, north + frame.height / side];
    for (let area = 0; area < shape.count; area++) {
      if (!shape.meets(area, west, north, east, south)) continue;
      const kind = classes[area];
      if (!paths.has(kind)) paths.set(kind, new Path2D());
      shape.trace(paths.get(kind), area, frame);
    }
    return paths;
  }
}

/** Share of the light a colour gives back, roughly: enough to choose a line that shows on it. */
function brightness(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  return 0.3 * red + 0.59 * green + 0.11 * blue;
}

/** Colour of a hatch on a colour, "#rrggbb". */
export const lineOn = (color) => (brightness(color) > 0.5 ? "rgba(27,39,51,0.58)" : "rgba(255,255,255,0.55)");

/** @param {import("./main.js").Model} model */
export function paintCells(ctx, frame, { cells, colors }) {
  const { state } = cells;
  if (!state) return;
  toScreen(ctx, frame);
  const paths = cells.paths(frame);
  for (const [kind, path] of paths) {
    if (kind === null) fill(ctx, path, hatch(ctx, frame, colors.unknown, 7, 1.1), 1);
    else if (state.colors[kind]) fillColor(ctx, frame, path, kind, state);
  }
  if (cells.shape.side * worldPx(frame.zoom) < OUTLINED_FROM_PX * frame.k) return;
  for (const path of paths.values()) stroke(ctx, path, 1, 0.6 * frame.k, colors.cellLine);
}

function fill(ctx, path, style, opacity) {
  ctx.globalAlpha = opacity;
  ctx.fillStyle = style;
  ctx.fill(path);
  ctx.globalAlpha = 1;
}

function fillColor(ctx, frame, path, kind, { colors, hatched, opacity }) {
  const color = colors[kind];
  fill(ctx, path, color, opacity);
  if (hatched[kind]) fill(ctx, path, hatch(ctx, frame, lineOn(color), 6, 1.1), 1);
}

export function paintChosenCell(ctx, frame, { cells, colors }) {
  const chosen = cells.state?.chosen ?? null;
  if (chosen === null) return;
  const path = new Path2D();
  cells.shape.trace(path, chosen, frame);
  path.closePath();
  toScreen(ctx, frame);
  stroke(ctx, path, 1, 6.5 * frame.k, colors.halo);
  stroke(ctx, path, 1, 3.2 * frame.k, colors.ink);
}

/** Corners of a circle on the ground, on the unit square. */
function circle({ lon, lat, radius_m: metres }) {
  const north = metres * DEGREES_PER_METRE;
  const east = north / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CIRCLE_CORNERS }, (_, i) => {
    const turn = (2 * Math.PI * i) / CIRCLE_CORNERS;
    return toUnit(lon + east * Math.sin(turn), lat + north * Math.cos(turn));
  });
}

function circlePath(disc, frame) {
  const side = worldPx(frame.zoom);
  const path = new Path2D();
  circle(disc).forEach(([x, y], i) => {
    const at = [x * side - frame.originX, y * side - frame.originY];
    if (i) path.lineTo(...at);
    else path.moveTo(...at);
  });
  path.closePath();
  return path;
}

/** Outlines of the circles; chosen ones last, like a chosen grid. */
export function paintDiscs(ctx, frame, { colors, state }) {
  toScreen(ctx, frame);
  const { k } = frame;
  const discs = state.discs.map((disc) => ({ disc, path: circlePath(disc, frame) }));
  discs.sort((a, b) => a.disc.chosen - b.disc.chosen);
  // All casings first, as with traces; those of chosen ones cover what they cross.
  for (const { path } of discs.filter((one) => !one.disc.chosen)) stroke(ctx, path, 1, 5 * k, colors.halo);
  for (const { disc, path } of discs) {
    if (disc.chosen) stroke(ctx, path, 1, 6.5 * k, colors.halo);
    const color = disc.chosen ? colors.ink : colors.tones[disc.tone || "plain"];
    stroke(ctx, path, 1, (disc.chosen ? 3.2 : 2.2) * k, color);
  }
}
