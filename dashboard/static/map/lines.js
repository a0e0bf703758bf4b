/** Borders: grids, the community, sub-districts, neighbours, and the chosen grid. */

import { ringsOf, toUnit, worldPx } from "./geo.js";
import { pathsByKind } from "./paths.js";
import { insideTile, toScreen } from "./scene.js";

const NEIGHBOURS_BELOW_ZOOM = 15;

/** Stroke a path given in other units with px widths. */
export function stroke(ctx, path, scale, width, color, dash = []) {
  ctx.lineJoin = "round";
  ctx.lineCap = dash.length ? "butt" : "round";
  ctx.setLineDash(dash.map((length) => length / scale));
  ctx.lineWidth = width / scale;
  ctx.strokeStyle = color;
  ctx.stroke(path);
  ctx.setLineDash([]);
}

/** A line in its casing: the casing makes it stand off from whatever lies beneath. */
export function paintGridLines(ctx, frame, model) {
  const { areas, colors, state } = model;
  if (!areas.grids.length) return;
  const width = state.choropleth && state.buildingMode === "indicator" ? 1 : 1.3;
  areas.inWorld(ctx, frame, (scale) => {
    ctx.globalAlpha = 0.92;
    stroke(ctx, areas.lines, scale, 3.4 * frame.k, colors.gridCasing);
    ctx.globalAlpha = 1;
    stroke(ctx, areas.lines, scale, width * frame.k, colors.gridLine);
  });
}

export function paintBoundary(ctx, frame, { areas, colors }) {
  const { k } = frame;
  areas.inWorld(ctx, frame, (scale) => {
    stroke(ctx, areas.boundary, scale, 3 * k, colors.gridCasing);
    stroke(ctx, areas.boundary, scale, 1.6 * k, colors.boundary, [7 * k, 3 * k, 1.5 * k, 3 * k]);
  });
}

/** Other communities, seen from afar, and sub-districts when asked for. */
export function paintDivisions(ctx, frame, model, views) {
  const { colors, state } = model;
  const { k } = frame;
  const subDistricts = state.layers.includes("sub_district");
  for (const view of views) {
    insideTile(ctx, frame, view, (scale) => {
      const community = pathsByKind(view.layers.get("community")).get("");
      if (community && frame.level < NEIGHBOURS_BELOW_ZOOM) {
        stroke(ctx, community, scale, 1 * k, colors.neighbour);
      }
      const parts = subDistricts && pathsByKind(view.layers.get("sub_district")).get("");
      if (!parts) return;
      // Not dashed: neighbours share their border, and two dashed lines never match.
      stroke(ctx, parts, scale, 4.6 * k, colors.gridCasing);
      stroke(ctx, parts, scale, 2 * k, colors.subDistrict);
    });
  }
}

export function paintSelectedGrid(ctx, frame, { areas, colors, state }) {
  const grid = state.focus?.grid ? areas.find(state.focus.grid) : null;
  if (!grid) return;
  areas.inWorld(ctx, frame, (scale) => {
    stroke(ctx, grid.path, scale, 6.5 * frame.k, colors.halo);
    stroke(ctx, grid.path, scale, 3.2 * frame.k, colors.ink);
  });
}

/** Border the target would have with what is chosen. */
export function paintResult(ctx, frame, { colors, draft }) {
  const rings = ringsOf(draft.state?.result);
  if (!rings.length) return;
  const { k } = frame;
  toScreen(ctx, frame);
  const path = onCanvas(rings, frame);
  stroke(ctx, path, 1, 6.5 * k, colors.halo);
  stroke(ctx, path, 1, 3 * k, colors.accent, [9 * k, 5 * k]);
}

/** Rings in degrees as a path in css px of the canvas. */
function onCanvas(rings, frame) {
  const world = worldPx(frame.zoom);
  const path = new Path2D();
  for (const ring of rings) {
    ring.forEach(([lon, lat], i) => {
      const [x, y] = toUnit(lon, lat);
      const at = [x * world - frame.originX, y * world - frame.originY];
      if (i) path.lineTo(...at);
      else path.moveTo(...at);
    });
    path.closePath();
  }
  return path;
}
