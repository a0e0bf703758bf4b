/**
 * A draft as the browser knows it: every building as a point with its weight, and its grid.
 *
 * The points come once; an edit only brings the assignment anew. So colours and totals follow at
 * once, without asking for a single tile.
 */

import { toUnit } from "./geo.js";
import { boxOf, insideOf } from "./rings.js";
import { leftOf } from "./sides.js";

const UNASSIGNED = -1;

const PATIENCE_MS = [800, 1600, 3200, 6400, 12000];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The assignment comes as a list, or as its JSON. */
const asList = (value) => (typeof value === "string" ? JSON.parse(value) : (value ?? []));

/**
 * @typedef {Object} Outcome what a gesture would choose
 * @property {number[]} ids buildings chosen
 * @property {number} buildings
 * @property {number} households
 * @property {number} before households of the target without them, else buildings; see `counted`
 * @property {number} after
 * @property {number[]} locked grids whose buildings lie inside and stay where they are
 */

export class Draft {
  /** @param {{changed: () => void, failing: (failing: boolean) => void}} report */
  constructor(report) {
    this.report = report;
    /** @type {import("./types.js").DraftState|null} */
    this.state = null;
    this.loading = 0;
    this.selection = new Set();
    this.#forget();
  }

  get active() {
    return this.state !== null;
  }

  get settled() {
    return this.loading === 0;
  }

  /** @param {import("./types.js").DraftState|null|undefined} state */
  use(state) {
    this.state = state ?? null;
    this.selection = new Set(state?.selection ?? []);
    this.locked = new Set(state?.locked ?? []);
    if (!state) {
      this.#forget();
      return;
    }
    this.#load(state);
    if (this.here === this.wanted) this.#assign();
  }

  /** Grid of a building; null where it has none, undefined where the draft does not know it. */
  gridOf(id) {
    return this.gridById.get(id);
  }

  /** Is this a building without a grid? */
  isLeftOver(id) {
    return this.gridById.get(id) === null;
  }

  /** Is the target a grid there is, neither a new one nor none? */
  get isGrid() {
    return Boolean(this.state?.grids.includes(this.state.target));
  }

  isLocked(grid) {
    return this.locked.has(grid);
  }

  /** Short number of a grid. */
  numberOf(grid) {
    return String(this.state?.numbers?.[grid] ?? "");
  }

  /** Positions of buildings on the unit square. */
  placesOf(ids) {
    return ids.map((id) => this.places[this.positions.get(id)]).filter(Boolean);
  }

  /** May a gesture take this building? */
  isFree(id) {
    const grid = this.gridById.get(id);
    if (grid === undefined) return false;
    return grid === null || (!this.locked.has(grid) && !this.state.onlyUnassigned);
  }

  /**
   * Paint this as chosen until the page says what is.
   *
   * @param {number[]} ids
   */
  choose(ids) {
    this.selection = new Set(ids);
  }

  /**
   * Buildings whose point lies within a ring of [lon, lat].
   *
   * @param {[number, number][]} ring
   * @returns {number[]} positions
   */
  within(ring) {
    if (ring.length < 3 || !overlaps(boxOf(ring), this.box)) return [];
    const inside = insideOf(ring);
    const { lon, lat } = this.atoms;
    const found = [];
    for (let i = 0; i < lon.length; i++) if (inside(lon[i], lat[i])) found.push(i);
    return found;
  }

  /**
   * What the buildings at these positions would make of the selection and of the target.
   *
   * @param {number[]} positions
   * @param {"set"|"add"|"remove"} mode
   * @returns {Outcome}
   */
  outcome(positions, mode) {
    const chosen = new Set(mode === "set" ? [] : this.selection);
    const locked = new Set();
    for (const i of positions) {
      const id = this.atoms.ids[i];
      const grid = this.gridById.get(id);
      if (mode === "remove") chosen.delete(id);
      else if (this.isFree(id)) chosen.add(id);
      else if (this.locked.has(grid)) locked.add(grid);
    }
    return { ...this.#sums(chosen), ids: [...chosen], locked: [...locked] };
  }

  /**
   * What a line across the target would part: the lighter side, which becomes a grid of its own,
   * and the households, else the buildings, of both.
   *
   * @param {[number, number][]} line lon, lat
   * @returns {{ids: number[], leaving: number, staying: number}|null} null where nothing is parted
   */
  parted(line) {
    const { ids, lon, lat } = this.atoms;
    const members = ids.map((_id, i) => i).filter((i) => this.gridById.get(ids[i]) === this.state.target);
    const isLeft = leftOf(line, members.map((i) => [lon[i], lat[i]]), this.stretch);
    const sides = [{ ids: [], total: 0 }, { ids: [], total: 0 }];
    members.forEach((i, n) => {
      const side = sides[isLeft[n] ? 0 : 1];
      side.ids.push(ids[i]);
      side.total += this.weights[i];
    });
    if (sides.some((side) => !side.ids.length)) return null;
    const weight = (side) => side.total + 1e-6 * side.ids.length;
    const [left, right] = sides;
    const [lighter, other] = weight(left) <= weight(right) ? [left, right] : [right, left];
    return { ids: lighter.ids, leaving: lighter.total, staying: other.total };
  }

  /** Households, else buildings, of a grid; of the buildings without one for null. */
  totalOf(grid) {
    return this.totals.get(grid) ?? 0;
  }

  #sums(chosen) {
    const { target } = this.state;
    const before = this.totalOf(target);
    let [buildings, households, after] = [0, 0, before];
    for (const id of chosen) {
      const i = this.positions.get(id);
      if (!this.isFree(id)) continue;
      buildings += 1;
      households += this.atoms.households[i];
      if (this.gridById.get(id) !== target) after += this.weights[i];
    }
    return { buildings, households, before, after };
  }

  #forget() {
    this.atoms = { ids: [], lon: [], lat: [], households: [], residents: [] };
    /** Are households on record? Where none are, buildings are counted. */
    this.counted = false;
    /** @type {number[]} */
    this.weights = [];
    this.positions = new Map();
    /** @type {Map<number, number|null>} */
    this.gridById = new Map();
    this.totals = new Map();
    this.locked = new Set();
    /** @type {[number, number][]} */
    this.places = [];
    this.stretch = 1;
    this.box = boxOf([]);
    this.wanted = this.here = null;
  }

  async #load({ url, atomsVersion }) {
    const wanted = JSON.stringify([url, atomsVersion]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.loading += 1;
    const atoms = await this.#insist(`${url}?v=${encodeURIComponent(atomsVersion)}`, wanted);
    this.loading -= 1;
    if (this.wanted !== wanted) return;
    this.here = wanted;
    this.#take(atoms);
    this.#assign();
    this.report.changed();
  }

  /** Ask until there is an answer or nobody wants it any more. */
  async #insist(url, wanted) {
    for (let attempt = 0; this.wanted === wanted; attempt++) {
      try {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`${url} answered ${response.status}`);
        const atoms = await response.json();
        this.report.failing(false);
        return atoms;
      } catch {
        this.report.failing(true);
        await pause(PATIENCE_MS[Math.min(attempt, PATIENCE_MS.length - 1)]);
      }
    }
    return null;
  }

  #take(atoms) {
    this.atoms = atoms;
    this.counted = atoms.households.some((households) => households > 0);
    this.weights = this.counted ? atoms.households : atoms.ids.map(() => 1);
    this.positions = new Map(atoms.ids.map((id, i) => [id, i]));
    const points = atoms.lon.map((lon, i) => [lon, atoms.lat[i]]);
    const middle = atoms.lat.reduce((sum, lat) => sum + lat, 0) / Math.max(1, atoms.lat.length);
    this.stretch = Math.cos((middle * Math.PI) / 180);
    this.places = points.map((point) => toUnit(...point));
    this.box = boxOf(points);
  }

  #assign() {
    const { grids, assigned } = this.state;
    const list = asList(assigned);
    this.gridById = new Map();
    this.totals = new Map();
    this.atoms.ids.forEach((id, i) => {
      const place = list[i] ?? UNASSIGNED;
      const grid = place === UNASSIGNED ? null : grids[place];
      this.gridById.set(id, grid);
      this.totals.set(grid, this.totalOf(grid) + this.weights[i]);
    });
  }
}

const overlaps = (a, b) =>
  a.minX <= b.maxX && a.maxX >= b.minX && a.minY <= b.maxY && a.maxY >= b.minY;
