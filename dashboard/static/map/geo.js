/** Web Mercator on a unit square, and tests of position on plain arrays. */

const DEGREE = Math.PI / 180;
const EQUATOR_M = 40075016.686;

/** Side of a data tile on the display, px at scale 1. */
export const TILE_PX = 512;

/**
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {[number, number]} position on the unit square, y downwards
 */
export function toUnit(lon, lat) {
  const sine = Math.sin(lat * DEGREE);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/** Side of the world in px at a display zoom. */
export const worldPx = (zoom) => 256 * 2 ** zoom;

/** Ground metres of one display pixel. */
export function metresPerPx(zoom, lat) {
  return (EQUATOR_M * Math.cos(lat * DEGREE)) / worldPx(zoom);
}

/**
 * Data zoom for a display zoom: 512 px tiles, never stretched, as protomaps-leaflet does it.
 *
 * @param {number} displayZoom
 * @param {number} maxZoom
 * @param {number} [lead] how much before a whole zoom the next data zoom is used
 */
export function dataZoom(displayZoom, maxZoom, lead = 0) {
  return Math.max(0, Math.min(maxZoom, Math.ceil(displayZoom + lead - 1e-6) - 1));
}

/** Even-odd test of a point against one ring of [x, y] or {x, y}. */
function inRing(x, y, ring, px, py) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const yi = py(ring[i]);
    const yj = py(ring[j]);
    if (yi > y === yj > y) continue;
    if (x < ((px(ring[j]) - px(ring[i])) * (y - yi)) / (yj - yi) + px(ring[i])) inside = !inside;
  }
  return inside;
}

/** Distance of a point from the line through two others (from the first, if they coincide). */
function offLine(p, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(p.x - a.x, p.y - a.y);
  return Math.abs(dx * (p.y - a.y) - dy * (p.x - a.x)) / length;
}

/**
 * Leave out points that lie within a tolerance of the line without them (Douglas and Peucker).
 *
 * @template {{x: number, y: number}} P
 * @param {P[]} points
 * @param {number} tolerance
 * @returns {P[]}
 */
export function simplify(points, tolerance) {
  if (points.length < 3) return points;
  const last = points.length - 1;
  let far = 0;
  let most = 0;
  for (let i = 1; i < last; i++) {
    const off = offLine(points[i], points[0], points[last]);
    if (off > most) [far, most] = [i, off];
  }
  if (most <= tolerance) return [points[0], points[last]];
  const head = simplify(points.slice(0, far + 1), tolerance);
  return [...head.slice(0, -1), ...simplify(points.slice(far), tolerance)];
}

const byIndex = [(point) => point[0], (point) => point[1]];
const byName = [(point) => point.x, (point) => point.y];

/** Is a point inside rings of [x, y]? Holes count out (even-odd over all rings). */
export function inRings(x, y, rings) {
  return rings.reduce((inside, ring) => inside !== inRing(x, y, ring, ...byIndex), false);
}

/** The same for the {x, y} rings of a decoded tile feature. */
export function inFeature(x, y, feature) {
  const box = feature.bbox;
  if (x < box.minX || x > box.maxX || y < box.minY || y > box.maxY) return false;
  return feature.geom.reduce((inside, ring) => inside !== inRing(x, y, ring, ...byName), false);
}

/** Rings of a Polygon or MultiPolygon, flattened. */
export function ringsOf(geometry) {
  if (!geometry) return [];
  return geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
}
