/** Point symbols. Shape tells first, colour supports it. */

import { FAMILY } from "./fonts.js";
import { isFurniture, isService, kindOf } from "./icons.js";

const TURN = 2 * Math.PI;

/** Base radius by display zoom, px at size factor 1. */
function radiusAt(zoom) {
  if (zoom >= 18) return 5;
  if (zoom >= 17) return 4.2;
  return zoom >= 16 ? 3.5 : 2.8;
}

function finish(ctx, fill, line, width) {
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.lineWidth = width;
  ctx.strokeStyle = line;
  ctx.stroke();
}

function circle(ctx, x, y, r) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, TURN);
}

function polygon(ctx, x, y, r, corners) {
  ctx.beginPath();
  corners.forEach(([dx, dy], i) =>
    i ? ctx.lineTo(x + dx * r, y + dy * r) : ctx.moveTo(x + dx * r, y + dy * r),
  );
  ctx.closePath();
}

export const TRIANGLE = [[0, -1.5], [1.43, 1.12], [-1.43, 1.12]];
export const SQUARE = [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]];
export const DIAMOND = [[0, -1.45], [1.3, 0], [0, 1.45], [-1.3, 0]];
export const HOUSE = [[0, -1.4], [1.25, -0.3], [1.25, 1.15], [-1.25, 1.15], [-1.25, -0.3]];

/** Order in which signs are painted: what needs attention ends on top. */
export const SIGN_ORDER = ["void", "closed", "active", "pending", "overdue"];

export function drawTicket(ctx, at, { sign }, frame, colors) {
  const r = radiusAt(frame.level) * frame.k;
  const fill = colors.tickets[sign] ?? colors.tickets.void;
  ctx.globalAlpha = sign === "closed" ? 0.75 : 1;
  if (sign === "overdue") polygon(ctx, at.x, at.y, r, TRIANGLE);
  else if (sign === "void") polygon(ctx, at.x, at.y, r, SQUARE);
  else circle(ctx, at.x, at.y, r);
  const hollow = sign === "pending";
  finish(ctx, fill, hollow ? colors.ink : colors.halo, (hollow ? 1.4 : 0.8) * frame.k);
  ctx.globalAlpha = 1;
}

export const CARE_ORDER = ["none", "general", "key", "high_risk"];

export function drawElderly(ctx, at, { care }, frame, colors) {
  const r = radiusAt(frame.level) * frame.k;
  const color = colors.care[care] ?? colors.care.none;
  if (care === "high_risk") {
    polygon(ctx, at.x, at.y, r, DIAMOND);
    finish(ctx, color, colors.halo, 1 * frame.k);
  } else if (care === "key") {
    circle(ctx, at.x, at.y, r);
    finish(ctx, color, colors.halo, 0.9 * frame.k);
  } else if (care === "general") {
    circle(ctx, at.x, at.y, r * 0.8);
    finish(ctx, colors.inside, color, 1.4 * frame.k);
  } else {
    circle(ctx, at.x, at.y, r * 0.55);
    finish(ctx, color, colors.halo, 0.6 * frame.k);
  }
}

export function drawPartyHousehold(ctx, at, { linked }, frame, colors) {
  const r = radiusAt(frame.level) * 1.05 * frame.k;
  polygon(ctx, at.x, at.y, r, HOUSE);
  const contacts = linked === undefined || linked > 0;
  finish(ctx, contacts ? colors.party : colors.inside, contacts ? colors.halo : colors.party, 1.2 * frame.k);
}

export function drawUnit(ctx, at, frame, colors) {
  circle(ctx, at.x, at.y, (frame.level >= 18 ? 3 : 2) * frame.k);
  finish(ctx, colors.unit, colors.halo, 1 * frame.k);
}

/** From here on street furniture shows what it is. */
const FURNITURE_ICONS_LEVEL = 17.5;

const isDot = (kind, frame) => isFurniture(kind) && frame.level < FURNITURE_ICONS_LEVEL;

/** Radius of a facility's disc, css px. */
export function discRadius(kind, frame) {
  if (kindOf(kind).big) return 12 * frame.k;
  if (isFurniture(kind)) return (isDot(kind, frame) ? 2.8 : 7) * frame.k;
  return (isService(kind) ? 9.5 : 8.5) * frame.k;
}

export function drawFacility(ctx, at, { kind }, frame, colors, icons) {
  const r = discRadius(kind, frame);
  circle(ctx, at.x, at.y, r);
  const dot = isDot(kind, frame);
  finish(ctx, colors.facilities[kindOf(kind).family], colors.halo, (dot ? 0.8 : 1.6) * frame.k);
  const icon = dot ? null : icons.get(kind);
  if (!icon) return;
  ctx.save();
  const scale = (r * 1.25) / 15;
  ctx.translate(at.x - 7.5 * scale, at.y - 7.5 * scale);
  ctx.scale(scale, scale);
  ctx.fillStyle = colors.icon;
  ctx.fill(icon.path);
  ctx.restore();
}

/**
 * Radius of an aggregate's circle, css px: the area grows with the count, between a number that can
 * be read and a circle that leaves its neighbours room.
 */
export function bubbleRadius(n, frame) {
  return Math.min(18, Math.max(7, 2.4 * Math.sqrt(n))) * frame.k;
}

/** Part of an aggregate that needs attention, 0..1. */
export function urgentShare(layer, props) {
  if (!props.n) return 0;
  if (layer === "ticket") return (props.overdue ?? 0) / props.n;
  if (layer === "elderly") return ((props.high_risk ?? 0) + (props.key ?? 0)) / props.n;
  return 0;
}

/** Colour of an aggregate's disc and of its urgent part. */
const BUBBLES = {
  ticket: ({ tickets }) => [tickets.active, tickets.overdue],
  elderly: ({ care }) => [care.general, care.high_risk],
  party_household: ({ party }) => [party, party],
};

/** A quiet disc with its number; a thick arc around it shows the urgent share. */
export function drawBubble(ctx, at, layer, props, frame, colors, fonts) {
  const r = bubbleRadius(props.n, frame);
  const [fill, urgent] = BUBBLES[layer](colors);
  circle(ctx, at.x, at.y, r);
  ctx.globalAlpha = 0.92;
  ctx.fillStyle = colors.inside;
  ctx.fill();
  ctx.globalAlpha = 0.3;
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.1 * frame.k;
  ctx.strokeStyle = fill;
  ctx.stroke();
  drawArc(ctx, at, r, urgentShare(layer, props), urgent, frame);
  const text = String(props.n);
  if (fonts.has(text)) writeCentred(ctx, at, text, r, frame, colors);
}

/** Number in a disc, a little smaller where it has many digits. */
function writeCentred(ctx, at, text, r, frame, colors) {
  const px = Math.min(12 * frame.k, (3.1 * r) / Math.max(2, text.length));
  ctx.font = `600 ${px.toFixed(2)}px ${FAMILY}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colors.ink;
  ctx.fillText(text, at.x, at.y + 0.5 * frame.k);
}

function drawArc(ctx, at, r, share, color, frame) {
  if (share <= 0) return;
  ctx.beginPath();
  ctx.arc(at.x, at.y, r, -TURN / 4, -TURN / 4 + TURN * share);
  ctx.lineWidth = 3.2 * frame.k;
  ctx.lineCap = "butt";
  ctx.strokeStyle = color;
  ctx.stroke();
}

/** A place the page points at. */
export function drawMarker(ctx, at, frame, colors) {
  for (const [r, width, color] of [[11, 5.5, colors.halo], [11, 2.6, colors.ink]]) {
    circle(ctx, at.x, at.y, r * frame.k);
    ctx.lineWidth = width * frame.k;
    ctx.strokeStyle = color;
    ctx.stroke();
  }
}
