/** What lies beneath everything: ground, tinted grids, greens, water, roads. */

import { hatch } from "./patterns.js";
import { pathsByKind } from "./paths.js";
import { insideTile, toScreen } from "./scene.js";

/** Ground width of roads in metres, the least width on screen in px, and the casing on each side. */
const ROADS = [
  { kind: "lane", metres: 5, leastPx: 0.8, casingPx: 0, fromZoom: 15 },
  { kind: "road_minor", metres: 18, leastPx: 1.4, casingPx: 0.8, fromZoom: 13 },
  { kind: "road_main", metres: 30, leastPx: 2.2, casingPx: 1, fromZoom: 11 },
];

/** Metres of one pixel at the equator and zoom 0, in the projection's own stretched metres. */
const STRETCHED_M = 40075016.686 / 256;

/** Width on screen, px. Latitude stretches roads and ground alike, so it is left out. */
function roadPx(road, frame) {
  const stretch = 1.12;
  return Math.max(road.leastPx * frame.k, (road.metres * stretch * 2 ** frame.zoom) / STRETCHED_M);
}

/** @param {import("./main.js").Model} model */
export function paintGround(ctx, frame, model) {
  const { colors } = model;
  toScreen(ctx, frame);
  if (!model.hasBasemap) {
    ctx.fillStyle = colors.ground;
    ctx.fillRect(0, 0, frame.width, frame.height);
  }
  ctx.globalAlpha = model.hasBasemap ? 0.45 : 1;
  model.areas.inWorld(ctx, frame, () => {
    ctx.fillStyle = colors.inside;
    ctx.fill(model.areas.boundary, "evenodd");
  });
  ctx.globalAlpha = 1;
}

/** Ground of each grid: its class colour, faint; hatched where nothing can be said. */
export function paintTint(ctx, frame, model) {
  const { choropleth } = model.state;
  if (!choropleth || model.state.buildingMode !== "indicator") return;
  // Where buildings are painted by something else than their grid, grids have no colour to show.
  if (model.state.draft?.tools === false) return;
  model.areas.inWorld(ctx, frame, () => {
    const unknown = hatch(ctx, frame, model.colors.unknown, 9, 1.1);
    for (const grid of model.areas.grids) {
      const color = model.classColor(grid.id);
      ctx.globalAlpha = color ? model.colors.tint : 1;
      ctx.fillStyle = color ?? unknown;
      ctx.fill(grid.path, "evenodd");
    }
    ctx.globalAlpha = 1;
  });
}

/** Greens, water, compounds and roads of the tiles. */
export function paintTiles(ctx, frame, model, views) {
  const tinted = Boolean(model.state.choropleth) && model.state.buildingMode === "indicator";
  for (const view of views) {
    const paths = pathsByKind(view.layers.get("ground"));
    insideTile(ctx, frame, view, (scale) => {
      paintLand(ctx, paths, model, frame, scale);
      paintRoads(ctx, paths, model, frame, scale, tinted);
    });
  }
}

function paintLand(ctx, paths, { colors }, frame, scale) {
  const compounds = paths.get("compound");
  if (compounds && frame.level >= 15) {
    ctx.lineWidth = (1 * frame.k) / scale;
    ctx.strokeStyle = colors.compound;
    ctx.stroke(compounds);
  }
  for (const kind of ["green", "water"]) {
    if (!paths.has(kind)) continue;
    ctx.fillStyle = colors[kind];
    ctx.fill(paths.get(kind), "evenodd");
  }
}

function paintRoads(ctx, paths, { colors }, frame, scale, tinted) {
  const shown = ROADS.filter((road) => paths.has(road.kind) && frame.level >= road.fromZoom);
  ctx.lineCap = ctx.lineJoin = "round";
  const stroke = (road, widthPx, color) => {
    ctx.lineWidth = widthPx / scale;
    ctx.strokeStyle = color;
    ctx.stroke(paths.get(road.kind));
  };
  for (const road of shown.filter((each) => each.casingPx)) {
    const casing = roadPx(road, frame) + 2 * road.casingPx * frame.k;
    stroke(road, casing, tinted ? colors.casingOverTint : colors.casing);
  }
  for (const road of shown) {
    const color = road.casingPx ? (tinted ? colors.roadOverTint : colors.road) : colors.casing;
    stroke(road, roadPx(road, frame), tinted && !road.casingPx ? colors.casingOverTint : color);
  }
}

