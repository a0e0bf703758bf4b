/** Grids and the community's boundary: a few hundred shapes, so GeoJSON and not tiles. */

import { inRings, ringsOf, toUnit, worldPx } from "./geo.js";

/** Paths are kept in world pixels of this zoom, relative to an anchor near them (float precision). */
const PATH_ZOOM = 20;

const PATIENCE_MS = [800, 1600, 3200, 6400, 12000];

function pathOf(geometry, anchor) {
  const side = worldPx(PATH_ZOOM);
  const path = new Path2D();
  for (const ring of ringsOf(geometry)) {
    ring.forEach(([lon, lat], i) => {
      const [x, y] = toUnit(lon, lat);
      const [px, py] = [(x - anchor[0]) * side, (y - anchor[1]) * side];
      if (i) path.lineTo(px, py);
      else path.moveTo(px, py);
    });
    path.closePath();
  }
  return path;
}

function boxOf(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of rings.flat()) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

function joined(paths) {
  const all = new Path2D();
  for (const path of paths) all.addPath(path);
  return all;
}

/** Features of an answer, which may be a collection or a single one. */
function featuresOf(answer) {
  if (!answer) return [];
  return answer.type === "FeatureCollection" ? answer.features : [answer];
}

export class Areas {
  /** @param {{changed: () => void, failing: (failing: boolean) => void}} report */
  constructor(report) {
    this.report = report;
    this.anchor = [0, 0];
    this.boundary = new Path2D();
    /** @type {{id: number, code: string, name: string, path: Path2D, label: [number, number]}[]} */
    this.grids = [];
    this.lines = new Path2D();
    this.sources = { grids: [], boundary: [] };
    this.wanted = {};
    this.loading = 0;
  }

  /** Load what the state points at, if it is not here yet. */
  use(state) {
    this.#load("grids", state.gridsUrls ?? [], state.version);
    this.#load("boundary", state.boundaryUrls ?? [], state.version);
  }

  get settled() {
    return this.loading === 0;
  }

  /** @returns {number|null} id of the grid at a place */
  hit(lon, lat) {
    for (const grid of this.grids) {
      const [west, south, east, north] = grid.box;
      if (lon < west || lon > east || lat < south || lat > north) continue;
      if (inRings(lon, lat, grid.rings)) return grid.id;
    }
    return null;
  }

  find(id) {
    return this.grids.find((grid) => grid.id === id);
  }

  /** Draw the paths in world pixels; `draw` gets the screen px of one unit. */
  inWorld(ctx, frame, draw) {
    const side = worldPx(frame.zoom);
    const scale = side / worldPx(PATH_ZOOM);
    const x = this.anchor[0] * side - frame.originX;
    const y = this.anchor[1] * side - frame.originY;
    ctx.save();
    const unit = frame.dpr * scale;
    ctx.setTransform(unit, 0, 0, unit, frame.dpr * x, frame.dpr * y);
    draw(scale);
    ctx.restore();
  }

  /**
   * @param {"grids"|"boundary"} what
   * @param {string[]} urls
   * @param {string} version
   */
  async #load(what, urls, version) {
    const wanted = JSON.stringify([urls, version]);
    if (this.wanted[what] === wanted) return;
    this.wanted[what] = wanted;
    this.loading += 1;
    const current = () => this.wanted[what] === wanted;
    const answers = await Promise.all(urls.map((url) => this.#insist(url, version, current)));
    this.loading -= 1;
    if (!current()) return;
    this.sources[what] = answers.flatMap(featuresOf);
    this.#rebuild();
    this.report.changed();
  }

  /** Ask until there is an answer or nobody wants it any more. */
  async #insist(url, version, current) {
    for (let attempt = 0; current(); attempt++) {
      try {
        const joint = url.includes("?") ? "&" : "?";
        const response = await fetch(`${url}${joint}v=${encodeURIComponent(version)}`);
        if (!response.ok) throw new Error(`${url} answered ${response.status}`);
        const data = await response.json();
        this.report.failing(false);
        return data;
      } catch {
        this.report.failing(true);
        const wait = PATIENCE_MS[Math.min(attempt, PATIENCE_MS.length - 1)];
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    return null;
  }

  #rebuild() {
    const { grids, boundary } = this.sources;
    const first = [...boundary, ...grids].map(({ geometry }) => ringsOf(geometry)[0]?.[0])[0];
    this.anchor = first ? toUnit(...first) : [0, 0];
    this.boundary = joined(boundary.map(({ geometry }) => pathOf(geometry, this.anchor)));
    this.grids = grids.map((feature) => this.#grid(feature));
    this.lines = joined(this.grids.map((grid) => grid.path));
  }

  #grid({ id, geometry, properties }) {
    const rings = ringsOf(geometry);
    return {
      id: Number(id ?? properties.id),
      code: String(properties.code ?? ""),
      name: String(properties.name ?? ""),
      label: toUnit(properties.lx, properties.ly),
      rings,
      box: boxOf(rings),
      path: pathOf(geometry, this.anchor),
    };
  }
}
