/** Path2D objects of tile features: made once, drawn at any zoom through the canvas transform. */

/** @type {WeakMap<object[], Map<string, Path2D>>} */
const grouped = new WeakMap();

/** @param {import("./types.js").Feature} feature */
export function pathOf(feature) {
  if (!feature.path) {
    feature.path = new Path2D();
    for (const line of feature.geom) trace(feature.path, line, feature.geomType === 3);
  }
  return feature.path;
}

function trace(path, points, closed) {
  points.forEach((point, i) => (i ? path.lineTo(point.x, point.y) : path.moveTo(point.x, point.y)));
  if (closed) path.closePath();
}

/**
 * One path for all features of a kind, so that overlapping lines of one kind do not show twice.
 *
 * @param {import("./types.js").Feature[]|undefined} features
 * @returns {Map<string, Path2D>} by the property `kind` ("" without one)
 */
export function pathsByKind(features) {
  if (!features) return new Map();
  let paths = grouped.get(features);
  if (!paths) {
    paths = collect(features, (feature) => feature.props.kind ?? "");
    grouped.set(features, paths);
  }
  return paths;
}

/** One path per value of `key`; features with a null key are left out. */
export function collect(features, key) {
  const paths = new Map();
  for (const feature of features) {
    const name = key(feature);
    if (name === null) continue;
    if (!paths.has(name)) paths.set(name, new Path2D());
    paths.get(name).addPath(pathOf(feature));
  }
  return paths;
}
