/** Closed lines of [x, y]: what lies inside them, and whether they cross themselves. */

/** Rings of fewer edges are tested edge by edge. */
const BANDED_FROM = 9;

/** @typedef {[number, number]} Point */

/** @param {Point[]} points */
export function boxOf(points) {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const [x, y] of points) {
    box.minX = Math.min(box.minX, x);
    box.minY = Math.min(box.minY, y);
    box.maxX = Math.max(box.maxX, x);
    box.maxY = Math.max(box.maxY, y);
  }
  return box;
}

/** Edges of a ring, each from a point back to the one before it; without level ones. */
function edgesOf(ring) {
  const edges = ring.map(([x, y], i) => [x, y, ...ring.at(i - 1)]);
  return edges.filter(([, y, , before]) => y !== before);
}

/** Edges by horizontal band: a point is tested against those of its own band only. */
function inBands(edges, box, count) {
  const bands = Array.from({ length: count }, () => []);
  const height = (box.maxY - box.minY) / count || 1;
  const bandOf = (y) => Math.max(0, Math.min(count - 1, Math.floor((y - box.minY) / height)));
  for (const edge of edges) {
    const last = bandOf(Math.max(edge[1], edge[3]));
    for (let band = bandOf(Math.min(edge[1], edge[3])); band <= last; band++) bands[band].push(edge);
  }
  return (y) => bands[bandOf(y)];
}

/**
 * How many edges does a ray to the right cross? Odd means inside. The very sums of the server
 * (`inside` in geo/plans.py), so that both choose the same buildings to the last digit.
 */
function isOdd(x, y, edges) {
  let odd = false;
  for (const [ax, ay, bx, by] of edges) {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/**
 * An even-odd test for many points: a box first, then the edges at the point's height.
 *
 * @param {Point[]} ring
 * @returns {(x: number, y: number) => boolean}
 */
export function insideOf(ring) {
  const box = boxOf(ring);
  const edges = edgesOf(ring);
  const count = edges.length < BANDED_FROM ? 1 : Math.min(256, edges.length);
  const at = inBands(edges, box, count);
  return (x, y) =>
    x >= box.minX && x <= box.maxX && y >= box.minY && y <= box.maxY && isOdd(x, y, at(y));
}

/** Twice the signed area of a triangle: which side of a–b is c on? */
const side = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** Do two pieces of line cross, or lie on each other? */
function cross(a, b, c, d) {
  const [ofC, ofD] = [side(a, b, c), side(a, b, d)];
  const [ofA, ofB] = [side(c, d, a), side(c, d, b)];
  if (ofC === 0 && ofD === 0) return overlap(a, b, c, d);
  return ofC * ofD <= 0 && ofA * ofB <= 0;
}

/** The same for pieces of one line: do their boxes meet? */
function overlap(a, b, c, d) {
  const meet = (i) =>
    Math.max(a[i], b[i]) >= Math.min(c[i], d[i]) && Math.max(c[i], d[i]) >= Math.min(a[i], b[i]);
  return meet(0) && meet(1);
}

/** Do two edges that share the corner b run back along each other? */
const turnsBack = (a, b, c) =>
  side(a, b, c) === 0 && (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1]) > 0;

/**
 * Does the closed line through these corners cross or touch itself?
 *
 * @param {Point[]} corners without a repeated first one
 */
export function crossesItself(corners) {
  const n = corners.length;
  const at = (i) => corners[i % n];
  for (let i = 0; i < n; i++) {
    if (n > 2 && turnsBack(at(i), at(i + 1), at(i + 2))) return true;
    for (let j = i + 2; j < n; j++) {
      const neighbours = i === 0 && j === n - 1;
      if (!neighbours && cross(at(i), at(i + 1), at(j), at(j + 1))) return true;
    }
  }
  return false;
}
