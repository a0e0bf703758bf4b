/** Point layers of the frame: gather what is visible, order it, draw it. */

import { isFurniture, isService } from "./icons.js";
import { POINT_LAYERS, leadOf } from "./sources.js";
import { place, viewsOf } from "./scene.js";
import {
  CARE_ORDER,
  SIGN_ORDER,
  bubbleRadius,
  discRadius,
  drawBubble,
  drawElderly,
  drawFacility,
  drawPartyHousehold,
  drawTicket,
  drawUnit,
} from "./symbols.js";

const UNITS_ZOOM = 16.5;

/** Counts beside symbols of several people at one stairwell. */
const COUNTS_ZOOM = 17;

/**
 * @typedef {Object} Seen a point on screen
 * @property {string} layer
 * @property {import("./types.js").Feature} feature
 * @property {{x: number, y: number}} at css px of the canvas
 * @property {boolean} bubble an aggregate
 */

/** What a single feature of a layer carries and an aggregate does not. */
const OWN_FIELD = { ticket: "sign", elderly: "care", party_household: "linked", facility: "kind" };

const isBubble = (layer, props) => layer in OWN_FIELD && !(OWN_FIELD[layer] in props);

function seen(layer, views) {
  const points = [];
  for (const view of views) {
    for (const feature of view.layers.get(layer) ?? []) {
      const at = place(view, feature.geom[0][0]);
      if (at) points.push({ layer, feature, at, bubble: isBubble(layer, feature.props) });
    }
  }
  return points;
}

/** Side of the lattice in which aggregates are joined, css px: room for one circle. */
const ROOM_PX = 38;

const position = (value, origin, side) => Math.floor((value + origin) / side);

/** Several aggregates as one: their counts added, in the middle of what they count. */
function joined(bubbles) {
  const props = {};
  for (const { feature } of bubbles) {
    for (const [key, value] of Object.entries(feature.props)) {
      if (typeof value === "number") props[key] = (props[key] ?? 0) + value;
    }
  }
  const middle = (axis) =>
    bubbles.reduce((sum, { at, feature }) => sum + at[axis] * feature.props.n, 0) / props.n;
  const feature = { ...bubbles[0].feature, props };
  return { ...bubbles[0], feature, at: { x: middle("x"), y: middle("y") } };
}

/**
 * Join aggregates that would lie on each other. The lattice is fixed to the ground, so panning does
 * not change who is joined with whom.
 */
function spaced(points, frame) {
  const side = ROOM_PX * frame.k;
  const rooms = new Map();
  const single = [];
  for (const point of points) {
    if (!point.bubble) {
      single.push(point);
      continue;
    }
    const key = `${position(point.at.x, frame.originX, side)} ${position(point.at.y, frame.originY, side)}`;
    rooms.set(key, [...(rooms.get(key) ?? []), point]);
  }
  return [...single, ...[...rooms.values()].map((bubbles) => keptInside(joined(bubbles), frame, side))];
}

/** Move a circle as little as it takes to stay within its room. */
function keptInside(bubble, frame, side) {
  const r = bubbleRadius(bubble.feature.props.n, frame);
  const inside = (value, origin) => {
    const start = position(value, origin, side) * side - origin;
    return Math.min(Math.max(value, start + r), start + side - r);
  };
  return { ...bubble, at: { x: inside(bubble.at.x, frame.originX), y: inside(bubble.at.y, frame.originY) } };
}

const RANK = {
  ticket: ({ sign }) => SIGN_ORDER.indexOf(sign),
  elderly: ({ care }) => CARE_ORDER.indexOf(care),
  facility: ({ kind }) =>
    kind === "party_centre" ? 3 : isService(kind) ? 2 : isFurniture(kind) ? 0 : 1,
  party_household: () => 0,
};

/**
 * Visible points, lowest first.
 *
 * @param {import("./main.js").Model} model
 * @returns {Seen[]}
 */
export function visiblePoints(frame, model) {
  const all = [];
  for (const layer of POINT_LAYERS) {
    const points = spaced(seen(layer, viewsOf(model.stores.get(layer), frame, leadOf(layer))), frame);
    const rank = ({ feature, bubble }) => (bubble ? feature.props.n : RANK[layer](feature.props));
    points.sort((a, b) => rank(a) - rank(b));
    all.push(...points);
  }
  return all;
}

export function paintPoints(ctx, frame, model, points) {
  const { colors, fonts, icons } = model;
  const draw = {
    ticket: (point) => drawTicket(ctx, point.at, point.feature.props, frame, colors),
    elderly: (point) => drawElderly(ctx, point.at, point.feature.props, frame, colors),
    party_household: (point) => drawPartyHousehold(ctx, point.at, point.feature.props, frame, colors),
    facility: (point) => drawFacility(ctx, point.at, point.feature.props, frame, colors, icons),
  };
  for (const point of points) {
    if (point.bubble) drawBubble(ctx, point.at, point.layer, point.feature.props, frame, colors, fonts);
    else draw[point.layer](point);
  }
}

/** @returns {Seen[]} the units painted, so that hovering can name them */
export function paintUnits(ctx, frame, model, views) {
  if (!model.state.layers.includes("unit") || frame.level < UNITS_ZOOM) return [];
  const units = seen("unit", views);
  for (const { at } of units) drawUnit(ctx, at, frame, model.colors);
  return units;
}

/** Radius a point takes up on screen, css px. */
export function extentOf(point, frame) {
  if (point.layer === "mark") return point.reach;
  if (point.bubble) return bubbleRadius(point.feature.props.n, frame);
  if (point.layer === "facility") return discRadius(point.feature.props.kind, frame);
  return 5 * frame.k;
}

/** How many people stand behind one symbol. */
export function pointLabels(points, frame) {
  return points.flatMap((point) => {
    const { n } = point.feature.props;
    const several = !point.bubble && "n" in point.feature.props && n > 1;
    if (!several || frame.level < COUNTS_ZOOM) return [];
    return [{ x: point.at.x + 9 * frame.k, y: point.at.y - 5 * frame.k, text: String(n) }];
  });
}
