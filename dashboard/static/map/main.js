/**
 * The map: takes a state from the page, keeps tiles, paints.
 *
 * Two canvases. The lower one holds the ground and the buildings; the upper one lines, points and
 * text. Choosing a grid repaints the upper one only. Where a draft is drawn a third one lies
 * between them: the figure under way, painted with every movement of the pointer, below the text.
 */

import { Areas } from "./areas.js";
import { paintBuildings, paintChosenBuildings, paintSelectedBuilding } from "./buildings.js";
import { Cells, paintCells, paintChosenCell, paintDiscs } from "./cells.js";
import { Draft } from "./draft.js";
import { Drawing } from "./draw.js";
import { Fonts } from "./fonts.js";
import { paintGround, paintTiles, paintTint } from "./ground.js";
import { Hover } from "./hover.js";
import { Icons } from "./icons.js";
import { forwardKeys } from "./keys.js";
import { paintLabels } from "./labels.js";
import { LegendCard } from "./legend.js";
import { paintBoundary, paintDivisions, paintGridLines, paintResult, paintSelectedGrid } from "./lines.js";
import { paintMarks, placedMarks } from "./marks.js";
import { adoptRootSize } from "./metrics.js";
import { Notes } from "./notes.js";
import { paintPoints, paintUnits, visiblePoints } from "./points.js";
import { createSurface, tilesOf, toScreen, viewsOf } from "./scene.js";
import { paintSketch } from "./sketch.js";
import { leadOf, sourceTemplates } from "./sources.js";
import { drawMarker } from "./symbols.js";
import { toUnit, worldPx } from "./geo.js";
import { TileStore } from "./tilestore.js";
import { paintTraces } from "./traces.js";
import { View } from "./view.js";

/** Where the server's own paths begin: two folders above assets/map/. */
const ROOT = new URL("../../", import.meta.url);

const LIBRARY = "vendor/protomaps-leaflet/dist/protomaps-leaflet.js";

/** Shown until a state brings words. */
const FALLBACK_WORDS = { map: "", loading: "…", retrying: "…", unavailable: "!", noLibrary: "!" };

const EMPTY_STATE = {
  layers: [],
  labels: true,
  buildingMode: "plain",
  choropleth: null,
  buildingClasses: null,
  marks: [],
  traces: [],
  cells: null,
  discs: [],
  gridLabels: {},
  gridTips: {},
  focus: {},
  filters: {},
  legends: [],
  attribution: "",
  draft: null,
  look: null,
  wall: false,
  theme: "light",
  words: FALLBACK_WORDS,
};

/** Parts of the state that change what lies on the lower canvas. */
const LOWER_KEYS = [
  "community",
  "plan",
  "version",
  "layers",
  "buildingMode",
  "choropleth",
  "buildingClasses",
  "theme",
];

/** Two fills in one place cannot be told apart: below areas of the page's own all is plain. */
const PLAIN = { buildingMode: "plain", choropleth: null, buildingClasses: null };

function loadScript(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(path, ROOT).href;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(path));
    document.head.append(script);
  });
}

/** While tiles are coming in, paint no more often than this. */
const GATHER_MS = 120;

/** Tiles that come sooner need no word. */
const LOADING_MS = 700;

/** Starts at once: by the time the map is there the library is too. */
const library = loadScript(LIBRARY);
library.catch(() => {}); // told by `init`

/** Everything the painters read. */
export class Model {
  constructor(config, onLoaded) {
    this.config = config;
    this.state = EMPTY_STATE;
    /** @type {Map<string, TileStore>} */
    this.stores = new Map();
    this.fonts = new Fonts(onLoaded);
    this.icons = new Icons(ROOT, onLoaded);
    this.cells = new Cells();
    this.painted = { points: [], frame: null, toCanvas: (point) => point };
    this.k = 1;
  }

  get colors() {
    return this.config.palette[this.state.theme] ?? this.config.palette.light;
  }

  get storeyBreaks() {
    return this.config.palette.storeyBreaks;
  }

  get hasBasemap() {
    return Boolean(this.config.basemap?.url);
  }

  /** Class colour of a grid, or null where there is none to give. */
  classColor(gridId) {
    const { choropleth } = this.state;
    const index = choropleth?.classes[gridId];
    return index === null || index === undefined ? null : choropleth.colors[index];
  }
}

class Atlas {
  constructor() {
    this.ready = new Promise((resolve) => {
      this.markReady = resolve;
    });
    this.repaints = { lower: 0, upper: 0, sketch: 0 };
    this.due = new Set();
    this.arriving = new Set();
    this.gathering = 0;
  }

  /** Called by the folium element once the Leaflet map exists. */
  async init(map, config) {
    this.map = map;
    this.model = new Model(config, () => this.#invalidate("upper"));
    this.model.k = adoptRootSize();
    this.model.areas = new Areas({
      changed: () => this.#invalidate("lower", "upper"),
      failing: (failing) => this.#complain("areas", failing),
    });
    this.model.draft = new Draft({
      changed: () => this.#invalidate("lower", "upper"),
      failing: (failing) => this.#complain("draft", failing),
    });
    this.#addControls();
    this.#addSurfaces();
    this.hover = new Hover(map, this.model, () => Boolean(this.drawing?.busy));
    forwardKeys();
    try {
      await library;
      this.model.library = window.protomapsL;
      this.#useSources();
    } catch {
      this.broken = true;
      this.notes.say("library", this.words.noLibrary);
    }
    this.#invalidate("lower", "upper");
  }

  /** @param {import("./types.js").MapState} state */
  apply(state) {
    const former = this.model.state;
    const first = former === EMPTY_STATE;
    this.model.state = { ...EMPTY_STATE, ...state, ...(state.cells ? PLAIN : {}) };
    document.documentElement.dataset.theme = this.model.state.theme;
    if (this.model.state.wall !== former.wall) this.#hang(this.model.state.wall);
    this.map.getContainer().setAttribute("aria-label", this.words.map);
    this.model.areas.use(this.model.state);
    this.model.cells.use(this.model.state.cells);
    this.#useSources();
    this.legend.show(this.model);
    this.#credit(former);
    this.#aim(former, first);
    this.#draw(former);
    this.#invalidate("upper", ...(first || this.#changesLower(former) ? ["lower"] : []));
    if (this.broken) this.notes.say("library", this.words.noLibrary);
    this.markReady();
  }

  /** On a wall: everything larger, and nothing to handle. */
  #hang(wall) {
    document.documentElement.toggleAttribute("data-wall", wall);
    this.view.writes = !wall;
    this.model.k = adoptRootSize(wall);
  }

  /**
   * Must the lower canvas be painted anew? After an edit only when the new shapes have come: they
   * bring it about, and colours without them would belong to grids that are no more.
   */
  #changesLower(former) {
    const { state, areas } = this.model;
    if (former.draft && state.draft && !areas.settled) return false;
    const same = (key) => JSON.stringify(former[key]) === JSON.stringify(state[key]);
    return !LOWER_KEYS.every(same) || former.draft?.revision !== state.draft?.revision;
  }

  /** Show the draft and its tools, where the page has one. */
  #draw(former) {
    const { draft, state } = this.model;
    draft.use(state.draft);
    const drawn = state.draft && state.draft.tools !== false;
    if (!drawn && !this.drawing) return;
    this.drawing ??= this.#addDrawing();
    this.drawing.use(former.draft);
  }

  #addDrawing() {
    this.sketch = this.#addSurface("wg-sketch", 440, (ctx, frame) => this.#paintSketch(ctx, frame));
    return new Drawing(this.map, this.model, {
      sketch: () => this.#invalidate("sketch"),
      chosen: () => this.#invalidate("upper"),
      say: (sentence) => this.notes.say("sketch", sentence),
      hideTip: () => this.hover.hide(),
    });
  }

  get state() {
    return this.model?.state === EMPTY_STATE ? null : this.model?.state;
  }

  get words() {
    return { ...FALLBACK_WORDS, ...this.model.state.words };
  }

  /** Is all that is visible here and painted? */
  painted() {
    const { model } = this;
    if (!model?.library || !this.state || this.due.size || this.gathering || !model.painted.frame) return false;
    const missing = [...model.stores.values()].some((store) => store.missing > 0);
    return !missing && model.areas.settled && model.draft.settled && model.fonts.settled && model.icons.settled;
  }

  stats() {
    const stores = [...(this.model?.stores ?? [])];
    return {
      repaints: { ...this.repaints },
      requests: Object.fromEntries(stores.map(([key, store]) => [key, store.requests])),
      kept: stores.reduce((sum, [, store]) => sum + store.kept, 0),
    };
  }

  #addControls() {
    const { map, model } = this;
    map.attributionControl?.setPrefix(false);
    this.notes = new Notes(map);
    // Controls at the bottom stack upwards: the scale first, the legend above it.
    const scale = window.L.control.scale({ imperial: false, maxWidth: 110 * model.k, position: "bottomleft" });
    scale.addTo(map);
    this.legend = new LegendCard(map);
    this.view = new View(map, () => ({ k: model.k, legendWidth: this.legend.width }));
    this.view.onResize = () => {
      model.k = adoptRootSize(model.state.wall);
      scale.options.maxWidth = 110 * model.k;
      this.#invalidate("lower", "upper");
      this.#wantTiles();
    };
    // How close a click is made decides what it means; its time tells two in one place apart.
    map.on("click", ({ latlng }) => Object.assign(latlng, { zoom: map.getZoom(), at: Date.now() }));
  }

  #addSurfaces() {
    const { map, model } = this;
    const basemap = model.config.basemap;
    if (basemap?.url) {
      window.L.tileLayer(basemap.url, { attribution: basemap.attribution, maxZoom: 20 }).addTo(map);
    }
    this.lower = this.#addSurface("wg-lower", 300, (ctx, frame) => this.#paintLower(ctx, frame));
    this.upper = this.#addSurface("wg-upper", 450, (ctx, frame) => this.#paintUpper(ctx, frame));
    // After the canvases: they follow the map at `moveend` too, and tiles are wanted for their frame.
    map.on("moveend", () => this.#wantTiles());
  }

  #addSurface(name, z, paint) {
    const pane = this.map.createPane(name);
    pane.style.zIndex = z;
    pane.style.pointerEvents = "none";
    return createSurface(paint, name, () => this.model.k).addTo(this.map);
  }

  /** Say whom the data is from; Leaflet takes markup, ours is text. */
  #credit(former) {
    const control = this.map.attributionControl;
    const { attribution } = this.model.state;
    if (!control || attribution === former.attribution) return;
    const markup = (text) => new Option(text).innerHTML;
    if (former.attribution) control.removeAttribution(markup(former.attribution));
    if (attribution) control.addAttribution(markup(attribution));
  }

  /** Fit at the start and on another community; bring a newly chosen grid into view. */
  #aim(former, first) {
    const { state, areas } = this.model;
    if (first) this.view.start(state.boundsLonLat);
    else if (former.community !== state.community) this.view.lookAt(state.boundsLonLat);
    const { look } = state;
    if (look && look.id !== former.look?.id) this.view.zoomTo(look.box);
    const grid = state.focus?.grid;
    if (first || !grid || grid === former.focus?.grid) return;
    const box = areas.find(grid)?.box;
    if (box) this.view.reveal([[box[1], box[0]], [box[3], box[2]]]);
  }

  #useSources() {
    const { model } = this;
    if (!model.library || !this.state) return;
    const templates = sourceTemplates(model.state, ROOT);
    for (const [key, store] of model.stores) {
      if (templates.has(key)) continue;
      store.close();
      model.stores.delete(key);
      this.#complain(key, false);
    }
    for (const [key, template] of templates) {
      if (!model.stores.has(key)) model.stores.set(key, this.#store(key));
      model.stores.get(key).use(template);
    }
    this.#wantTiles();
  }

  #store(key) {
    const canvases = key === "building" || key === "ground" ? ["lower", "upper"] : ["upper"];
    return new TileStore(this.model.library, {
      changed: () => this.#arrived(canvases),
      failing: (failing, refusal) => this.#complain(key, failing, refusal),
    });
  }

  #wantTiles() {
    const frame = this.lower?.frame();
    if (!frame) return;
    for (const [key, store] of this.model.stores) store.want(tilesOf(frame, leadOf(key)));
    this.#noteLoading();
  }

  /** Say that more is coming, but only where it takes long enough to be missed. */
  #noteLoading() {
    clearTimeout(this.loading);
    this.notes.say("loading", "");
    if (this.#complete()) return;
    this.loading = setTimeout(() => {
      if (!this.#complete()) this.notes.say("loading", this.words.loading);
    }, LOADING_MS);
  }

  #complete() {
    return [...this.model.stores.values()].every((store) => store.missing === 0);
  }

  #complain(who, failing, refusal = "") {
    const sentence = refusal ? this.words.unavailable : failing ? this.words.retrying : "";
    this.notes.say(who, sentence);
  }

  /** A tile has come: paint when all are here, or now and then while they come. */
  #arrived(canvases) {
    for (const name of canvases) this.arriving.add(name);
    const complete = this.#complete();
    if (complete) this.#noteLoading();
    const flush = () => {
      clearTimeout(this.gathering);
      this.gathering = 0;
      this.#invalidate(...this.arriving);
      this.arriving.clear();
    };
    if (complete) flush();
    else this.gathering ||= setTimeout(flush, GATHER_MS);
  }

  /** Repaint soon, each canvas once. */
  #invalidate(...canvases) {
    const idle = this.due.size === 0;
    for (const name of canvases) this.due.add(name);
    if (!idle) return;
    requestAnimationFrame(() => {
      const due = [...this.due];
      this.due.clear();
      for (const name of due) this[name]?.repaint();
    });
  }

  #paintLower(ctx, frame) {
    this.repaints.lower += 1;
    const { model } = this;
    paintGround(ctx, frame, model);
    paintTint(ctx, frame, model);
    paintTiles(ctx, frame, model, viewsOf(model.stores.get("ground"), frame));
    paintBuildings(ctx, frame, model, viewsOf(model.stores.get("building"), frame));
  }

  #paintUpper(ctx, frame) {
    this.repaints.upper += 1;
    const { model } = this;
    const ground = viewsOf(model.stores.get("ground"), frame);
    const building = viewsOf(model.stores.get("building"), frame);
    paintCells(ctx, frame, model);
    paintGridLines(ctx, frame, model);
    paintDivisions(ctx, frame, model, ground);
    paintBoundary(ctx, frame, model);
    paintChosenBuildings(ctx, frame, model, building);
    paintTraces(ctx, frame, model);
    paintDiscs(ctx, frame, model);
    paintChosenCell(ctx, frame, model);
    paintSelectedGrid(ctx, frame, model);
    paintResult(ctx, frame, model);
    paintSelectedBuilding(ctx, frame, model, building);
    toScreen(ctx, frame);
    const units = paintUnits(ctx, frame, model, building);
    const points = visiblePoints(frame, model);
    paintPoints(ctx, frame, model, points);
    const marks = placedMarks(ctx, frame, model);
    paintMarks(ctx, frame, model, marks);
    this.#paintMarker(ctx, frame);
    if (model.library) paintLabels(ctx, frame, model, { ground, building, points, marks });
    this.#remember([...units, ...points, ...marks.filter(({ mark }) => mark.title)], frame);
    this.legend.show(model);
  }

  #paintSketch(ctx, frame) {
    this.repaints.sketch += 1;
    const sketch = this.drawing?.sketch;
    if (sketch) paintSketch(ctx, frame, sketch, this.drawing.counted, this.model.colors);
  }

  #paintMarker(ctx, frame) {
    const point = this.model.state.focus?.point;
    if (!point) return;
    const side = worldPx(frame.zoom);
    const [x, y] = toUnit(...point);
    const at = { x: x * side - frame.originX, y: y * side - frame.originY };
    drawMarker(ctx, at, frame, this.model.colors);
  }

  /** What was painted where, for hovering. */
  #remember(points, frame) {
    const { map } = this;
    const toCanvas = (containerPoint) => {
      const layerPoint = map.containerPointToLayerPoint(containerPoint);
      const origin = map.getPixelOrigin();
      return { x: layerPoint.x + origin.x - frame.originX, y: layerPoint.y + origin.y - frame.originY };
    };
    this.model.painted = { points, frame, toCanvas };
  }
}

export const createAtlas = () => new Atlas();
