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
