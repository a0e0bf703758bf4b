/**
 * Drawing on a draft: which tool is in hand, what the pointer and the keys do with it, and what
 * that is told to the page.
 *
 * While a tool is in hand a clear sheet lies over the map. It takes the pointer first; what it lets
 * through reaches Leaflet, which pans and zooms as ever. So a click with a tool is never a click on
 * the map.
 */

import { simplify } from "./geo.js";
import { Channel } from "./gestures.js";
import { buildingAt, fill } from "./hover.js";
import { listenForKeys } from "./keys.js";
import { Sketch, degrees, isCornered, isDragged } from "./sketch.js";
import { TOOLS, Toolbar } from "./toolbar.js";
import { TotalCard, hintLine, partedLines, totalLines, warningLine } from "./total.js";

/** A pointer that moved less has clicked. */
const TAP_PX = 5;

/** A click this near to a corner means the corner. */
const CORNER_PX = 9;

/** A click misses a building by no more than this. */
const MISS_PX = 3.5;
const FINGER_MISS_PX = 9;

/** Where to look for it: here, then around. */
const AROUND = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [0.7, -0.7], [-0.7, 0.7], [-0.7, -0.7]];

const LASSO_STEP_PX = 2;
const LASSO_TOLERANCE_PX = 0.8;

const TOOL_BY_KEY = Object.fromEntries(TOOLS.map(({ key, tool }) => [key.toLowerCase(), tool]));

/** @returns {"set"|"add"|"remove"} */
const modeOf = ({ shiftKey, altKey }) => (altKey ? "remove" : shiftKey ? "add" : "set");

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

export class Drawing {
  /**
   * @param {L.Map} map
   * @param {import("./main.js").Model} model
   * @param {Object} report
   * @param {() => void} report.sketch the figure has changed
   * @param {() => void} report.chosen other buildings are chosen
   * @param {(sentence: string) => void} report.say a note; empty takes it back
   * @param {() => void} report.hideTip
   */
  constructor(map, model, report) {
    this.map = map;
    this.model = model;
    this.report = report;
    this.channel = new Channel();
    this.toolbar = new Toolbar(map, (tool) => this.#choose(tool));
    this.card = new TotalCard(map);
    this.tool = null;
    /** @type {import("./types.js").Tool[]} tools told to the page and not yet heard back */
    this.told = [];
    /** @type {Sketch|null} */
    this.sketch = null;
    this.mode = "set";
    this.at = null;
    this.space = false;
    this.pointers = new Set();
    this.#layTheSheet();
    listenForKeys((event) => this.#onKey(event));
    map.on("zoomend", () => this.#soon());
  }

  /** Is a figure under way? Then nothing else follows the cursor. */
  get busy() {
    return this.sketch !== null && !this.sketch.finished;
  }

  /** Unit positions of the buildings that the unfinished figure takes. */
  get counted() {
    const { draft } = this.model;
    return this.busy && this.outcome ? draft.placesOf(this.outcome.ids) : [];
  }

  /**
   * Follow the page: another tool, and whether the figure is done with.
   *
   * @param {import("./types.js").DraftState|null} former
   */
  use(former) {
    const { state } = this.model.draft;
    if (!state || state.tools === false) this.#leave();
    else {
      this.#hear(state.tool, former?.tool);
      if (former?.clear !== state.clear && this.pressed === undefined) this.#drop();
    }
    this.toolbar.show(this.tool, this.model.state.words);
    this.#soon();
  }

  /* ---- tools ---- */

  /** The page's word counts where it is its own and not the echo of ours. */
  #hear(tool, formerly) {
    const echo = this.told.indexOf(tool);
    if (echo >= 0) this.told.splice(0, echo + 1);
    else if (tool !== formerly || this.tool === null) this.#take(tool);
  }

  /** Somebody has chosen a tool on the map. */
  #choose(tool) {
    if (tool === this.tool) return;
    this.#take(tool);
    this.told.push(tool);
    this.channel.sendTool(tool);
  }

  #take(tool) {
    if (this.busy) this.#abandon();
    this.tool = tool;
    this.sheet.hidden = tool === null || tool === "pan";
    this.sheet.dataset.tool = tool ?? "";
    this.toolbar.show(tool, this.model.state.words);
  }

  #leave() {
    if (this.tool === null) return;
    this.#abandon();
    this.#take(null);
    this.told = [];
  }

  /** Take the figure off the map. */
  #drop() {
    this.sketch = this.outcome = null;
    this.report.say("");
    this.card.hide();
    this.report.sketch();
  }

  /** The same in the middle of it: what the pointer still does means nothing. */
  #abandon() {
    this.#drop();
    this.pressed = undefined;
  }

  /* ---- the sheet ---- */

  #layTheSheet() {
    this.sheet = document.createElement("div");
    this.sheet.className = "wg-sheet";
    this.sheet.hidden = true;
    this.map.getContainer().append(this.sheet);
    const on = (name, answer) => this.sheet.addEventListener(name, answer);
    on("pointerdown", (event) => this.#onDown(event));
    on("pointermove", (event) => this.#onMove(event));
    on("pointerup", (event) => this.#onUp(event));
    on("pointercancel", (event) => this.#onCancel(event));
    on("pointerleave", (event) => this.#onLeave(event));
    on("contextmenu", (event) => event.preventDefault());
    for (const name of ["click", "dblclick"]) on(name, (event) => event.stopPropagation());
    for (const name of ["pointerdown", "mousedown", "touchstart"]) {
      on(name, (event) => this.#keepFromMap(event));
    }
  }

  /** Dragging draws, unless the space bar is held or a second finger wants to zoom. */
  #keepFromMap(event) {
    const draws = isDragged(this.tool) && !this.space && this.pointers.size < 2;
    // Leaflet zooms to a box that is dragged with Shift.
    if (draws || event.shiftKey) event.stopPropagation();
  }

  #onDown(event) {
    this.pointers.add(event.pointerId);
    if (this.pointers.size > 1) {
      if (this.pressed?.draws) this.#abandon();
      this.pressed = undefined;
      return;
    }
    if (event.button !== 0) return;
    this.#follow(event);
    const draws = isDragged(this.tool) && !this.space;
    this.pressed = { at: this.at, draws };
    if (!draws) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.#begin(this.#place());
  }

  #onMove(event) {
    this.#follow(event);
    if (this.pressed?.draws) this.#drag();
    else if (this.busy) this.sketch.cursor = this.#snapped();
    if (this.busy) this.#soon();
  }

  #onUp(event) {
    this.pointers.delete(event.pointerId);
    const { pressed } = this;
    this.pressed = undefined;
    if (!pressed) return;
    this.#follow(event);
    if (pressed.draws) this.#release();
    else if (distance(pressed.at, this.at) < TAP_PX * this.model.k) this.#tap();
  }

  #onCancel(event) {
    this.pointers.delete(event.pointerId);
    if (this.pressed?.draws) this.#abandon();
    this.pressed = undefined;
  }

  #onLeave(event) {
    if (this.pressed?.draws) return;
    this.pointers.delete(event.pointerId);
    this.at = null;
    if (!this.busy) return;
    this.sketch.cursor = null;
    this.#soon();
  }

  /** Remember where the pointer is and which keys are held with it. */
  #follow(event) {
    this.at = this.map.mouseEventToContainerPoint(event);
    this.mode = modeOf(event);
    this.byFinger = event.pointerType === "touch";
  }

  /** The pointer's place in degrees. */
  #place() {
    return degrees(this.map.containerPointToLatLng(this.at));
  }

  #onScreen([lon, lat]) {
    return this.map.latLngToContainerPoint([lat, lon]);
  }

  #isAt(corner) {
    return distance(this.#onScreen(corner), this.at) < CORNER_PX * this.model.k;
  }

  /* ---- figures ---- */

  #begin(start) {
    this.#drop();
    this.sketch = new Sketch(this.tool, start);
    this.report.hideTip();
    this.#soon();
  }

  #drag() {
    const place = this.#place();
    if (this.sketch.kind === "rectangle") {
      this.sketch.cursor = place;
      return;
    }
    const last = this.#onScreen(this.sketch.corners.at(-1));
    if (distance(last, this.at) >= LASSO_STEP_PX) this.sketch.corners.push(place);
  }

  #release() {
    this.#drag();
    if (this.sketch.kind === "lasso") this.sketch.corners = this.#smoothed(this.sketch.corners);
    const moved = this.sketch.points.some((point) => !this.#isWithin(point, TAP_PX));
    if (moved && this.sketch.isComplete) this.#finish();
    else this.#drop();
  }

  #isWithin(point, px) {
    return distance(this.#onScreen(point), this.#onScreen(this.sketch.corners[0])) < px * this.model.k;
  }

  /** A drawn line with only the points that matter on this screen. */
  #smoothed(corners) {
    const points = corners.map((corner) => Object.assign(this.#onScreen(corner), { corner }));
    return simplify(points, LASSO_TOLERANCE_PX * this.model.k).map(({ corner }) => corner);
  }

  #tap() {
    if (this.tool === "click") this.#toggle();
    else if (isCornered(this.tool)) this.#corner();
  }

  /** Another corner; a click on the last one, or on a polygon's first, ends the figure. */
  #corner() {
    const { sketch } = this;
    if (!this.busy) {
      this.#begin(this.#place());
      return;
    }
    if (this.#endsAtFirst() || this.#isAt(sketch.corners.at(-1))) this.#end();
    else sketch.corners.push(this.#place());
    this.#soon();
  }

  #endsAtFirst() {
    const { corners, kind } = this.sketch;
    return kind === "polygon" && corners.length > 2 && this.#isAt(corners[0]);
  }

  /** Where the next corner would be: on the first one, if that is meant. */
  #snapped() {
    return isCornered(this.sketch.kind) && this.#endsAtFirst() ? this.sketch.corners[0] : this.#place();
  }

  /** End a figure of corners, if it can be one. */
  #end() {
    this.sketch.cursor = null;
    if (!this.sketch.isComplete) return;
    if (this.sketch.isRefused) this.report.say(this.model.state.words.crossing);
    else this.#finish();
  }

  #finish() {
    const { sketch } = this;
    sketch.finish();
    const area = { ring: sketch.isLine ? null : sketch.ring, line: sketch.isLine ? sketch.corners : null };
    this.#expect(this.#outcome());
    this.channel.sendGesture({ kind: sketch.kind, ...area, building: null, point: null, mode: this.mode });
    this.report.say("");
    this.#soon();
  }

  #toggle() {
    const { model } = this;
    const building = this.#buildingUnder()?.id ?? null;
    const toggled = model.draft.selection.has(building) ? "remove" : "add";
    const mode = this.mode === "set" ? toggled : this.mode;
    this.#drop();
    const position = model.draft.positions.get(building);
    if (position !== undefined) this.#expect(model.draft.outcome([position], mode));
    const click = { ring: null, line: null, building, point: this.#place(), mode };
    this.channel.sendGesture({ kind: "click", ...click });
  }

  /** The building under the pointer, or one that it just misses: from afar they are small. */
  #buildingUnder() {
    const { map, model } = this;
    const miss = (this.byFinger ? FINGER_MISS_PX : MISS_PX) * model.k;
    for (const [dx, dy] of AROUND) {
      const { lat, lng } = map.containerPointToLatLng([this.at.x + dx * miss, this.at.y + dy * miss]);
      const found = buildingAt(model.stores.get("building"), model.painted.frame, lng, lat);
      if (found) return found;
    }
    return null;
  }

  /** Show at once what the page will most likely say. */
  #expect(outcome) {
    this.model.draft.choose(outcome?.ids ?? []);
    this.report.chosen();
  }

  /* ---- the total at the cursor ---- */

  /** Once a frame. */
  #soon() {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.#refresh();
    });
  }

  #refresh() {
    const { card, sketch } = this;
    this.outcome = this.busy && !sketch.isRefused ? this.#outcome() : null;
    card.show(this.busy ? this.#lines() : [], this.at);
    this.report.sketch();
  }

  /** What the figure takes so far: an area's buildings, or the side a line parts from its grid. */
  #outcome() {
    const { draft } = this.model;
    const { isLine, points, ring } = this.sketch;
    if (isLine) return points.length > 1 && draft.isGrid ? draft.parted(points) : null;
    return ring.length ? draft.outcome(draft.within(ring), this.mode) : null;
  }

  #lines() {
    const { draft, state } = this.model;
    const { sketch, outcome } = this;
    const { target } = draft.state;
    if (draft.isLocked(target)) {
      return [warningLine(fill(state.words.lockedGrid, { number: draft.numberOf(target) }))];
    }
    if (sketch.isRefused) return [warningLine(state.words.crossing)];
    if (outcome && sketch.isLine) return partedLines(outcome, draft, state.words);
    if (outcome) return totalLines(outcome, draft, this.mode, state.words);
    const hint = sketch.isLine ? state.words.lineHint : state.words.polygonHint;
    return isCornered(sketch.kind) ? [hintLine(hint)] : [];
  }

  /* ---- keys ---- */

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key has been answered, and is nobody else's
   */
  #onKey(event) {
    if (!this.model.draft.active) return false;
    if (this.#modifier(event)) return event.key === "Alt" && this.#isInHand();
    if (event.key === " ") return this.#holdSpace(event);
    if (event.type !== "keydown" || event.ctrlKey || event.metaKey) return false;
    return this.#toolKey(event) || this.#figureKey(event.key);
  }

  #isInHand() {
    return this.tool !== null && this.tool !== "pan";
  }

  /** Shift and Alt change the meaning of the figure under way. */
  #modifier({ type, key, shiftKey, altKey }) {
    if (key !== "Shift" && key !== "Alt") return false;
    const down = type === "keydown";
    this.mode = modeOf({
      shiftKey: key === "Shift" ? down : shiftKey,
      altKey: key === "Alt" ? down : altKey,
    });
    if (this.busy) this.#soon();
    return true;
  }

  /** Held down, it lends the hand. */
  #holdSpace(event) {
    const { space } = this;
    const onButton = event.composedPath()[0]?.closest?.("button, a, summary, [role=button]");
    const meant = this.#isInHand() && this.at && !onButton;
    this.space = Boolean(meant) && event.type === "keydown";
    this.sheet.classList.toggle("wg-panning", this.space);
    return this.space || Boolean(space);
  }

  #toolKey({ key, altKey, repeat }) {
    const tool = altKey ? undefined : TOOL_BY_KEY[key.toLowerCase()];
    if (!tool) return false;
    if (!repeat) this.#choose(tool);
    return true;
  }

  #figureKey(key) {
    if (!this.busy) return false;
    if (key === "Escape") this.#abandon();
    else if (!isCornered(this.tool)) return false;
    else if (key === "Enter") this.#end();
    else if (key === "Backspace") this.#stepBack();
    else return false;
    this.#soon();
    return true;
  }

  /** Take the last corner off; with the first one the figure is gone. */
  #stepBack() {
    this.sketch.corners.pop();
    this.report.say("");
    if (!this.sketch.corners.length) this.#drop();
  }
}
