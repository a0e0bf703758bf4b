/**
 * Tiles of one source: fetched, decoded by protomaps-leaflet, kept, and replaced without a blank.
 *
 * We use the library's tile decoding and not its Leaflet layer: that layer paints each tile by
 * itself, so labels of different layers cannot see each other, and between whole zooms it stretches
 * bitmaps. Here decoded tiles are kept and the whole view is painted at its exact zoom.
 */

import { TILE_PX } from "./geo.js";

const KEPT_TILES = 120;
const RETRY_MS = [800, 1600, 3200, 6400, 12000];
const STAND_IN_DEPTH = 3;

const keyOf = (tile) => `${tile.z}/${tile.x}/${tile.y}`;

/** An answer that asking again will not change. */
class Refused extends Error {}

/**
 * Fetches one address template in the shape the library's source expects of an archive.
 *
 * @param {string} template
 */
function archive(template) {
  return {
    async getZxy(z, x, y, signal) {
      const url = template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
      const response = await fetch(url, { signal });
      if (response.status === 204 || response.status === 404) return undefined;
      if (response.status >= 400 && response.status < 500) {
        throw new Refused((await response.text()).slice(0, 200));
      }
      if (!response.ok) throw new Error(`tile answered ${response.status}`);
      return { data: await response.arrayBuffer() };
    },
  };
}

/** One address template with its tiles. */
class Generation {
  constructor(library, template) {
    this.template = template;
    this.archive = archive(template);
    this.library = library;
    /** @type {Map<string, {layers?: Map, controller?: AbortController, failures: number}>} */
    this.entries = new Map();
  }

  layers(key) {
    const entry = this.entries.get(key);
    if (!entry?.layers) return undefined;
    // Move to the young end: the map's order is the order of use.
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.layers;
  }

  async decode(tile, signal) {
    // The library makes its own abort signal; ours goes to the fetch beneath it.
    const own = { getZxy: (z, x, y) => this.archive.getZxy(z, x, y, signal) };
    const source = new this.library.PmtilesSource(own, false);
    return source.get(tile, TILE_PX);
  }

  stop() {
    for (const entry of this.entries.values()) {
      entry.controller?.abort();
      clearTimeout(entry.timer);
    }
  }
}

export class TileStore {
  /**
   * @param {object} library protomaps-leaflet
   * @param {{changed: () => void, failing: (failing: boolean, refusal: string) => void}} report
   */
  constructor(library, report) {
    this.library = library;
    this.report = report;
    this.current = null;
    this.former = null;
    this.wanted = [];
    this.requests = 0;
  }

  /** Use this address from now on; tiles of the former one stand in until the new ones are here. */
  use(template) {
    if (this.current?.template === template) return;
    this.current?.stop();
    this.former = this.current ?? this.former;
    this.current = new Generation(this.library, template);
    this.#request();
  }

  /** Say which tiles are on screen. */
  want(tiles) {
    this.wanted = tiles;
    this.#dropUnwanted();
    this.#request();
  }

  /** Number of tiles still to come. */
  get missing() {
    return this.wanted.filter((tile) => !this.current?.layers(keyOf(tile))).length;
  }

  get kept() {
    return (this.current?.entries.size ?? 0) + (this.former?.entries.size ?? 0);
  }

  /**
   * What there is to show for a tile: itself, its former self, or the nearest tile of another zoom.
   *
   * @returns {{tile: {z: number, x: number, y: number}, layers: Map}[]}
   */
  find(tile) {
    const key = keyOf(tile);
    const layers = this.current?.layers(key) ?? this.former?.layers(key);
    if (layers) return [{ tile, layers }];
    return this.#ancestor(tile) ?? this.#children(tile);
  }

  close() {
    this.current?.stop();
    this.current = this.former = null;
    this.wanted = [];
  }

  #ancestor(tile) {
    for (let up = 1; up <= STAND_IN_DEPTH && up <= tile.z; up++) {
      const above = { z: tile.z - up, x: tile.x >> up, y: tile.y >> up };
      const layers = this.current?.layers(keyOf(above));
      if (layers) return [{ tile: above, layers }];
    }
    return undefined;
  }

  #children(tile) {
    const found = [];
    for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const below = { z: tile.z + 1, x: tile.x * 2 + dx, y: tile.y * 2 + dy };
      const layers = this.current?.layers(keyOf(below));
      if (layers) found.push({ tile: below, layers });
    }
    return found;
  }

  #dropUnwanted() {
    const wanted = new Set(this.wanted.map(keyOf));
    for (const generation of [this.current, this.former]) {
      if (!generation) continue;
      for (const [key, entry] of generation.entries) {
        if (wanted.has(key)) continue;
        const full = generation.entries.size > KEPT_TILES;
        if (entry.layers && !full) continue;
        entry.controller?.abort();
        clearTimeout(entry.timer);
        generation.entries.delete(key);
      }
    }
  }

  #request() {
    if (!this.current) return;
    for (const tile of this.wanted) {
      if (!this.current.entries.has(keyOf(tile))) this.#fetch(this.current, tile, 0);
    }
    this.#tidy();
  }

  async #fetch(generation, tile, failures) {
    const key = keyOf(tile);
    const controller = new AbortController();
    generation.entries.set(key, { controller, failures });
    this.requests += 1;
    try {
      const layers = await generation.decode(tile, controller.signal);
      if (controller.signal.aborted) return;
      generation.entries.set(key, { layers, failures: 0 });
    } catch (error) {
      if (controller.signal.aborted) return;
      this.#failed(generation, tile, failures, error);
    }
    if (generation !== this.current) return;
    this.#tidy();
    this.report.changed();
  }

  #failed(generation, tile, failures, error) {
    const key = keyOf(tile);
    if (error instanceof Refused) {
      generation.entries.set(key, { layers: new Map(), failures: 0, refusal: error.message });
      return;
    }
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    const timer = setTimeout(() => this.#fetch(generation, tile, failures + 1), wait);
    generation.entries.set(key, { failures: failures + 1, timer });
  }

  /** Forget the former tiles once the new ones are complete, and say how it goes. */
  #tidy() {
    const entries = this.wanted.map((tile) => this.current.entries.get(keyOf(tile)));
    if (this.former && entries.every((entry) => entry?.layers)) {
      this.former.stop();
      this.former = null;
    }
    const failing = entries.some((entry) => entry?.failures > 0);
    const refusal = entries.find((entry) => entry?.refusal)?.refusal ?? "";
    this.report.failing(failing, refusal);
  }
}
