/**
 * All text on the map, placed together so that nothing collides.
 *
 * Whoever is placed first keeps the place: the page's marks (which only block), the chosen grid, grids, facilities (which only block),
 * sub-districts and communities, roads, building numbers.
 */

import { FAMILY } from "./fonts.js";
import { TILE_PX, simplify, worldPx } from "./geo.js";
import { extentOf, pointLabels } from "./points.js";
import { toScreen } from "./scene.js";
import { CROWDED_LAYERS } from "./sources.js";

/** More grids than this and plates would cover the map: halo only, code and value. */
const PLATES_UP_TO = 14;

const VALUES_FROM_ZOOM = 14;
const ROADS_FROM_ZOOM = 14.5;
const BUILDINGS_FROM_ZOOM = 17;
const COMMUNITIES_BELOW_ZOOM = 15;

/** How far a name may stray from the middle of its road. */
const ROAD_TOLERANCE_PX = 3;

const GRID_PX = 13;
const ROAD_PX = 11.5;
const SMALL_PX = 12;

/** Where a grid's plate may go instead, in its own heights and widths. */
const NUDGES = [[0, 0], [0, -0.6], [0, 0.6], [-0.45, 0], [0.45, 0], [0, -1.2], [0, 1.2]];

class Taken {
  constructor() {
    this.boxes = [];
  }

  free(box) {
    return !this.boxes.some(
      (other) =>
        box.minX < other.maxX && box.maxX > other.minX && box.minY < other.maxY && box.maxY > other.minY,
    );
  }

  add(box) {
    this.boxes.push(box);
  }
}

const around = (x, y, w, h) => ({ minX: x - w / 2, minY: y - h / 2, maxX: x + w / 2, maxY: y + h / 2 });

const font = (weight, px) => `${weight} ${px.toFixed(2)}px ${FAMILY}`;

/** Text with a halo, centred. */
function haloText(ctx, text, x, y, fill, halo, width) {
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.lineWidth = width;
  ctx.strokeStyle = halo;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = fill;
  ctx.fillText(text, x, y);
}

/**
 * @param {import("./main.js").Model} model
 * @param {{ground: object[], building: object[], points: object[],
 *   marks: import("./marks.js").PlacedMark[]}} visible
 */
export function paintLabels(ctx, frame, model, visible) {
  toScreen(ctx, frame);
  const taken = new Taken();
  for (const { at, r, reach } of visible.marks) taken.add(around(at.x, at.y, 2 * reach, 2 * r));
  const discs = visible.points.filter((point) => point.layer === "facility" || point.bubble);
  if (model.state.labels) paintGridLabels(ctx, frame, model, taken, discs);
  for (const point of discs) {
    const side = 2 * extentOf(point, frame);
    taken.add(around(point.at.x, point.at.y, side, side));
  }
  paintAreaNames(ctx, frame, model, taken, visible.ground);
  paintRoadNames(ctx, frame, model, taken, visible.ground);
  for (const point of visible.points) {
    const side = 1.8 * extentOf(point, frame);
    taken.add(around(point.at.x, point.at.y, side, side));
  }
  paintCounts(ctx, frame, model, taken, pointLabels(visible.points, frame));
  if (model.state.labels) paintBuildingNumbers(ctx, frame, model, taken, visible.building);
}

/* ---- grids ---- */

/** Lines a grid shows at this zoom and with these layers. */
function gridLines(grid, model, frame, many) {
  const [first, second] = model.state.gridLabels?.[grid.id] ?? [];
  if (!first) return [];
  const code = first.split(" ")[0];
  const crowded = model.state.layers.some((layer) => CROWDED_LAYERS.includes(layer));
  if (crowded) return [code];
  const value = frame.level >= VALUES_FROM_ZOOM ? second : "";
  return [many ? code : first, value].filter(Boolean);
}

/** Fewer and fewer words until one set finds room. */
function shorter(lines) {
  const code = lines[0].split(" ")[0];
  return [lines, [lines[0]], [code]].filter(
    (each, i, all) => all.findIndex((other) => other.join() === each.join()) === i,
  );
}

function paintGridLabels(ctx, frame, model, taken, discs) {
  const { areas, state } = model;
  const chosen = state.focus?.grid;
  const many = areas.grids.length > PLATES_UP_TO;
  const order = [...areas.grids].sort((a, b) => (b.id === chosen) - (a.id === chosen));
  const side = worldPx(frame.zoom);
  for (const grid of order) {
    const at = { x: grid.label[0] * side - frame.originX, y: grid.label[1] * side - frame.originY };
    const lines = gridLines(grid, model, frame, many);
    if (!lines.length || !Number.isFinite(at.x) || !model.fonts.has(lines.join(""))) continue;
    const locked = model.draft.isLocked(grid.id);
    for (const words of shorter(lines)) {
      const box = findRoom(measure(ctx, words, frame, many, locked), at, taken, discs, frame);
      if (!box || (grid.id !== chosen && hidesNumbers(box, discs, frame))) continue;
      taken.add(box);
      drawGridLabel(ctx, words, box, frame, model, { many, locked });
      break;
    }
  }
}

/** Width of a lock beside a label, and its gap, in sizes of the text. */
const LOCK = { width: 0.62, gap: 0.3 };

function measure(ctx, lines, frame, many, locked) {
  const px = GRID_PX * frame.k * (many ? 0.95 : 1);
  const widths = lines.map((line, i) => {
    ctx.font = font(i ? 400 : 600, px);
    const lock = locked && i === 0 ? (LOCK.width + LOCK.gap) * px : 0;
    return ctx.measureText(line).width + lock;
  });
  const pad = many ? 0 : 6 * frame.k;
  return { w: Math.max(...widths) + 2 * pad, h: lines.length * px * 1.24 + (many ? 0 : 4 * frame.k) };
}

/** Does a symbol lie under a box? */
function under(box, point, frame) {
  const r = extentOf(point, frame);
  const { x, y } = point.at;
  return x + r > box.minX && x - r < box.maxX && y + r > box.minY && y - r < box.maxY;
}

/** A sum that cannot be read is worse than a code that is not there. */
const hidesNumbers = (box, discs, frame) =>
  discs.some((point) => point.bubble && under(box, point, frame));

/** The label point if it is free, else a place nearby; plates avoid facilities if they can. */
function findRoom({ w, h }, at, taken, discs, frame) {
  const boxes = NUDGES.map(([dx, dy]) => around(at.x + dx * w, at.y + dy * h, w, h));
  const free = boxes.filter((box) => taken.free(box));
  const covers = (box) => discs.filter((point) => under(box, point, frame)).length;
  const best = Math.min(...free.map(covers));
  return free.find((box) => covers(box) === best);
}

/** A padlock whose middle stands at (x, y). */
function drawLock(ctx, x, y, px, colors) {
  const w = LOCK.width * px;
  const [left, top] = [x - w / 2, y - 0.06 * px];
  const body = new Path2D();
  body.roundRect(left, top, w, 0.46 * px, 0.08 * px);
  const bow = new Path2D();
  bow.moveTo(x - 0.2 * px, top);
  bow.lineTo(x - 0.2 * px, top - 0.14 * px);
  bow.arc(x, top - 0.14 * px, 0.2 * px, Math.PI, 0);
  bow.lineTo(x + 0.2 * px, top);
  ctx.lineJoin = "round";
  for (const [line, extra] of [[colors.halo, 0.22 * px], [colors.ink, 0]]) {
    ctx.strokeStyle = ctx.fillStyle = line;
    ctx.lineWidth = 0.11 * px + extra;
    ctx.stroke(bow);
    ctx.lineWidth = extra || 0.01;
    ctx.stroke(body);
    ctx.fill(body);
  }
}

function drawGridLabel(ctx, lines, box, frame, model, { many, locked }) {
  const { colors } = model;
  const px = GRID_PX * frame.k * (many ? 0.95 : 1);
  const x = (box.minX + box.maxX) / 2;
  if (!many) {
    ctx.fillStyle = colors.plate;
    ctx.beginPath();
    ctx.roundRect(box.minX, box.minY, box.maxX - box.minX, box.maxY - box.minY, 3 * frame.k);
    ctx.fill();
  }
  const middle = (box.minY + box.maxY) / 2;
  lines.forEach((line, i) => {
    ctx.font = font(i ? 400 : 600, px);
    const y = middle + (i - (lines.length - 1) / 2) * px * 1.24;
    const halo = many ? 3 * frame.k : 0.01;
    const shift = locked && i === 0 ? ((LOCK.width + LOCK.gap) * px) / 2 : 0;
    haloText(ctx, line, x - shift, y, colors.ink, many ? colors.halo : "transparent", halo);
    if (!shift) return;
    const end = x - shift + ctx.measureText(line).width / 2;
    drawLock(ctx, end + (LOCK.gap + LOCK.width / 2) * px, y, px, colors);
  });
}

/* ---- numbers at points ---- */

function paintCounts(ctx, frame, model, taken, labels) {
  const { colors } = model;
  for (const { x, y, text } of labels) {
    if (!model.fonts.has(text)) continue;
    ctx.font = font(600, 10.5 * frame.k);
    const box = around(x, y, ctx.measureText(text).width, 9 * frame.k);
    if (!taken.free(box)) continue;
    taken.add(box);
    haloText(ctx, text, x, y, colors.ink, colors.halo, 2.6 * frame.k);
  }
}

/* ---- names of areas ---- */

/** Areas come cut by tiles: join the visible parts and name the middle of them. */
function areaNames(views, layer) {
  const parts = new Map();
  for (const view of views) {
    for (const { bbox, props } of view.layers.get(layer) ?? []) {
      if (!props.name) continue;
      const box = parts.get(props.name) ?? emptyBox();
      extend(box, onScreen(bbox, view));
      parts.set(props.name, box);
    }
  }
  return [...parts].map(([name, box]) => ({
    name,
    at: { x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2 },
    w: box.maxX - box.minX,
  }));
}

const emptyBox = () => ({ minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity });

function extend(box, other) {
  box.minX = Math.min(box.minX, other.minX);
  box.minY = Math.min(box.minY, other.minY);
  box.maxX = Math.max(box.maxX, other.maxX);
  box.maxY = Math.max(box.maxY, other.maxY);
}

/** Part of a feature's box within its tile, css px. */
function onScreen(bbox, view) {
  const within = (value) => Math.max(0, Math.min(TILE_PX, value)) * view.scale;
  return {
    minX: view.x + within(bbox.minX),
    minY: view.y + within(bbox.minY),
    maxX: view.x + within(bbox.maxX),
    maxY: view.y + within(bbox.maxY),
  };
}

function paintAreaNames(ctx, frame, model, taken, views) {
  const { colors, state } = model;
  const write = (names, color, px) => {
    for (const { at, name, w } of names) {
      if (!model.fonts.has(name)) continue;
      ctx.font = font(600, px * frame.k);
      const width = ctx.measureText(name).width;
      if (width > w) continue;
      const box = around(at.x, at.y, width, px * 1.3 * frame.k);
      const room = [0, -1.6, 1.6, -3.2, 3.2]
        .map((dy) => shift(box, dy * px * frame.k))
        .find((each) => taken.free(each));
      if (!room) continue;
      taken.add(room);
      haloText(ctx, name, at.x, (room.minY + room.maxY) / 2, color, colors.halo, 3.2 * frame.k);
    }
  };
  if (state.layers.includes("sub_district")) {
    write(areaNames(views, "sub_district"), colors.subDistrict, 13);
  }
  if (frame.level < COMMUNITIES_BELOW_ZOOM && !model.areas.grids.length) {
    write(areaNames(views, "community"), colors.text, 13);
  } else if (frame.level < COMMUNITIES_BELOW_ZOOM) {
    const others = areaNames(views, "community").filter(({ name }) => name !== state.communityName);
    write(others, colors.quiet, 12.5);
  }
}

const shift = (box, dy) => ({ ...box, minY: box.minY + dy, maxY: box.maxY + dy });

/* ---- roads ---- */

const NAMED_ROADS = new Set(["road_main", "road_minor"]);

function paintRoadNames(ctx, frame, model, taken, views) {
  if (frame.level < ROADS_FROM_ZOOM) return;
  const px = ROAD_PX * frame.k;
  const symbolizer = new model.library.LineLabelSymbolizer({
    labelProps: ["name"],
    fill: model.colors.roadText,
    stroke: model.hasBasemap ? model.colors.halo : model.colors.road,
    width: 3 * frame.k,
    font: font(400, px),
    position: 2, // along the middle of the road
    repeatDistance: 620 * frame.k,
  });
  const written = [];
  for (const view of views) {
    const roads = (view.layers.get("ground") ?? []).filter(
      ({ props }) => NAMED_ROADS.has(props.kind) && props.name && model.fonts.has(props.name),
    );
    for (const road of roads) writeRoad(ctx, frame, symbolizer, view, road, taken, written);
  }
}

/** A copy of a tile's point in css px of the canvas. */
function onCanvas(point, view) {
  const copy = point.clone();
  copy.x = view.x + point.x * view.scale;
  copy.y = view.y + point.y * view.scale;
  return copy;
}

/** Place a road's name where it is free and not too near the same name. */
function writeRoad(ctx, frame, symbolizer, view, road, taken, written) {
  // The library wants long straight pieces; a road drawn with many points has none.
  const geom = road.geom.map((line) =>
    simplify(line.map((point) => onCanvas(point, view)), ROAD_TOLERANCE_PX * frame.k),
  );
  const layout = { scratch: ctx, zoom: frame.level, overzoom: 0, order: 0, index: null };
  for (const label of symbolizer.place(layout, geom, road) ?? []) {
    const near = written.some(
      (other) =>
        other.name === road.props.name &&
        Math.hypot(other.x - label.anchor.x, other.y - label.anchor.y) < label.deduplicationDistance,
    );
    if (near || !label.bboxes.every((box) => taken.free(box))) continue;
    for (const box of label.bboxes) taken.add(box);
    written.push({ name: road.props.name, x: label.anchor.x, y: label.anchor.y });
    ctx.save();
    ctx.textAlign = "start";
    ctx.textBaseline = "alphabetic";
    ctx.translate(label.anchor.x, label.anchor.y);
    label.draw(ctx);
    ctx.restore();
  }
}

/* ---- buildings ---- */

function paintBuildingNumbers(ctx, frame, model, taken, views) {
  if (frame.level < BUILDINGS_FROM_ZOOM) return;
  const { colors, fonts } = model;
  ctx.font = font(400, SMALL_PX * frame.k);
  for (const view of views) {
    for (const { bbox, props } of view.layers.get("building") ?? []) {
      // A building cut by a tile's edge is in both tiles; the one that holds its anchor names it.
      if (!props.no || props.edge || !fonts.has(String(props.no))) continue;
      const at = {
        x: view.x + ((bbox.minX + bbox.maxX) / 2) * view.scale,
        y: view.y + ((bbox.minY + bbox.maxY) / 2) * view.scale,
      };
      const text = String(props.no);
      const half = ((bbox.maxY - bbox.minY) / 2) * view.scale;
      const w = ctx.measureText(text).width + 4;
      // In the middle, else above or below the building where symbols stand in it.
      const room = [0, -half - 5 * frame.k, half + 5 * frame.k]
        .map((dy) => around(at.x, at.y + dy, w, SMALL_PX * frame.k))
        .find((box) => taken.free(box));
      if (!room) continue;
      taken.add(room);
      const y = (room.minY + room.maxY) / 2;
      haloText(ctx, text, at.x, y, colors.ink, colors.halo, 2.6 * frame.k);
    }
  }
}
