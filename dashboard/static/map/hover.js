/** Tooltip from what the browser already has: tiles and grid tips, no trip to the server. */

import { TILE_PX, dataZoom, inFeature, toUnit } from "./geo.js";
import { extentOf } from "./points.js";
import { MAX_DATA_ZOOM } from "./sources.js";

const GAP_PX = 14;

/** Fill the places of a template: "{n} 户" with {n: 12}. */
export const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/** Building under a geographic position, from the kept tiles. */
export function buildingAt(store, frame, lon, lat) {
  if (!store || !frame) return null;
  const z = dataZoom(frame.level, MAX_DATA_ZOOM);
  const [ux, uy] = toUnit(lon, lat);
  const [x, y] = [ux * 2 ** z, uy * 2 ** z];
  const found = store.find({ z, x: Math.floor(x), y: Math.floor(y) })[0];
  if (!found || found.tile.z !== z) return null;
  const [px, py] = [(x - found.tile.x) * TILE_PX, (y - found.tile.y) * TILE_PX];
  return (found.layers.get("building") ?? []).find((f) => inFeature(px, py, f)) ?? null;
}

const number = (value, model) => Number(value).toLocaleString(model.state.words.locale);

function buildingText({ props }, model) {
  const { words } = model.state;
  const no = String(props.no ?? "");
  const title = props.compound
    ? fill(words.building, { compound: props.compound, no })
    : fill(words.buildingAlone, { no });
  const parts = [];
  if (props.storeys) parts.push(fill(words.storeys, { n: props.storeys }));
  if (props.hh) parts.push(fill(words.households, { n: number(props.hh, model) }));
  if (props.p60) parts.push(fill(words.age60, { n: number(props.p60, model) }));
  return [title.trim(), parts.join(" · ") || words.noHouseholds];
}

/** Where the draft has a building. */
function draftText(id, { draft, state }) {
  const grid = draft.active ? draft.gridOf(id) : undefined;
  if (grid === undefined) return "";
  if (grid === null) return state.words.unassigned;
  const words = draft.isLocked(grid) ? state.words.lockedGrid : state.words.grid;
  return fill(words, { number: draft.numberOf(grid) });
}

function bubbleText(layer, props, model) {
  const { words } = model.state;
  const parts = [];
  if (props.open) parts.push(`${words.open} ${number(props.open, model)}`);
  if (props.overdue) parts.push(`${words.overdue} ${number(props.overdue, model)}`);
  if (props.closed) parts.push(`${words.closed} ${number(props.closed, model)}`);
  if (props.high_risk) parts.push(`${words.high_risk} ${number(props.high_risk, model)}`);
  if (props.key) parts.push(`${words.key} ${number(props.key, model)}`);
  if (props.alone) parts.push(`${words.alone} ${number(props.alone, model)}`);
  return [fill(words[layer], { n: number(props.n, model) }), parts.join(" · ")];
}

function pointText(point, model) {
  if (point.layer === "mark") return point.mark.title.split("\n");
  const { layer, feature: { props }, bubble } = point;
  const { words } = model.state;
  if (bubble) return bubbleText(layer, props, model);
  if (layer === "unit") return [fill(words.unit, { no: props.no ?? "" }), ""];
  if (layer === "ticket") return [words[props.sign] ?? props.sign, words.classes?.[props.class] ?? ""];
  if (layer === "facility") return [props.name || words.kinds?.[props.kind] || "", words.kinds?.[props.kind] ?? ""];
  const title = fill(words[layer], { n: number(props.n ?? 1, model) });
  if (layer === "party_household") return [title, fill(words.linked, { n: props.linked ?? 0 })];
  const alone = props.alone ? `${words.alone} ${number(props.alone, model)}` : "";
  return [title, [words[props.care] ?? "", alone].filter(Boolean).join(" · ")];
}

export class Hover {
  /**
   * @param {L.Map} map
   * @param {import("./main.js").Model} model
   * @param {() => boolean} [isBusy] whether something else follows the cursor
   */
  constructor(map, model, isBusy = () => false) {
    this.map = map;
    this.isBusy = isBusy;
    this.model = model;
    this.node = document.createElement("div");
    this.node.className = "wg-tip";
    this.node.setAttribute("role", "tooltip");
    map.getContainer().append(this.node);
    map.on("mousemove", (event) => this.#soon(event));
    map.on("mouseout movestart zoomstart", () => this.hide());
  }

  hide() {
    this.node.style.display = "none";
    this.map.getContainer().style.cursor = "";
  }

  /** At most once a frame. */
  #soon(event) {
    this.event = event;
    if (this.due) return;
    this.due = requestAnimationFrame(() => {
      this.due = 0;
      if (this.isBusy() || this.map.dragging?.moving?.()) this.hide();
      else this.#show(this.event);
    });
  }

  #show({ latlng, containerPoint }) {
    const text = this.#textAt(latlng, containerPoint);
    if (!text) {
      this.hide();
      return;
    }
    const [title, ...more] = text;
    this.node.replaceChildren(Object.assign(document.createElement("b"), { textContent: title }));
    for (const line of more.filter(Boolean)) {
      this.node.append(Object.assign(document.createElement("div"), { textContent: line }));
    }
    this.node.style.display = "block";
    this.map.getContainer().style.cursor = "pointer";
    this.#moveTo(containerPoint);
  }

  #textAt(latlng, containerPoint) {
    const { model } = this;
    const point = this.#pointAt(containerPoint);
    if (point) return pointText(point, model);
    const { lng, lat } = latlng;
    const building = buildingAt(model.stores.get("building"), model.painted.frame, lng, lat);
    const cell = model.cells.hit(lng, lat);
    const tip = cell === null ? null : model.cells.tip(cell);
    if (tip) return [...tip, building ? buildingText(building, model)[0] : ""];
    if (building) return [...buildingText(building, model), draftText(building.id, model)];
    const grid = model.areas.hit(lng, lat);
    return grid === null ? null : (model.state.gridTips?.[grid] ?? null);
  }

  /** Topmost symbol under the cursor. */
  #pointAt(containerPoint) {
    const { points, frame, toCanvas } = this.model.painted;
    if (!frame) return null;
    const { x, y } = toCanvas(containerPoint);
    for (let i = points.length - 1; i >= 0; i--) {
      const { at } = points[i];
      if (Math.hypot(at.x - x, at.y - y) <= extentOf(points[i], frame)) return points[i];
    }
    return null;
  }

  #moveTo({ x, y }) {
    const size = this.map.getSize();
    const { offsetWidth: w, offsetHeight: h } = this.node;
    const left = x + GAP_PX + w > size.x - 6 ? x - w - GAP_PX : x + GAP_PX;
    const top = y + GAP_PX + h > size.y - 6 ? y - h - GAP_PX : y + GAP_PX;
    this.node.style.left = `${Math.max(4, left)}px`;
    this.node.style.top = `${Math.max(4, top)}px`;
  }
}
