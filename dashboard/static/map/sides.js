/** Which side of a drawn line a point lies on, as the server tells it (`sides` in geo/plans.py). */

import { boxOf } from "./rings.js";

/** @typedef {[number, number]} Point */

const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];

const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

/** Move a point away from another by a distance. */
function beyond(point, from, distance) {
  const way = minus(point, from);
  const length = Math.hypot(...way) || 1;
  return [point[0] + (way[0] / length) * distance, point[1] + (way[1] / length) * distance];
}

/** Pieces of the line; the first and the last go on far beyond anything drawn on. */
function piecesOf(line, reach) {
  const pieces = line.slice(1).map((end, i) => ({ start: line[i], end }));
  const [first, last] = [pieces[0], pieces.at(-1)];
  const start = beyond(first.start, first.end, reach);
  last.end = beyond(last.end, last.start, reach);
  first.start = start;
  return pieces.map(({ start: from, end }) => ({ from, along: minus(end, from) }));
}

/** Square of the distance of a point from a piece, and whether it lies left of it. */
function seenFrom({ from, along }, point) {
  const offset = minus(point, from);
  const share = Math.min(1, Math.max(0, dot(offset, along) / Math.max(dot(along, along), 1e-12)));
  const foot = [offset[0] - share * along[0], offset[1] - share * along[1]];
  return { far: dot(foot, foot), isLeft: along[0] * offset[1] - along[1] * offset[0] > 0 };
}

/** A distance that leads out of everything. */
function reachOf(points) {
  const box = boxOf(points);
  return 1 + (box.maxX - box.minX) + (box.maxY - box.minY);
}

/**
 * @param {Point[]} line two corners or more, lon, lat
 * @param {Point[]} points
 * @param {number} stretch degrees of latitude that one of longitude is as long as
 * @returns {boolean[]} by point: true to the left of the nearest piece
 */
export function leftOf(line, points, stretch) {
  const plane = ([lon, lat]) => [lon * stretch, lat];
  const [flatLine, flatPoints] = [line.map(plane), points.map(plane)];
  const pieces = piecesOf(flatLine, reachOf([...flatLine, ...flatPoints]));
  return flatPoints.map((point) => {
    const seen = pieces.map((piece) => seenFrom(piece, point));
    return seen.reduce((best, each) => (each.far < best.far ? each : best)).isLeft;
  });
}
