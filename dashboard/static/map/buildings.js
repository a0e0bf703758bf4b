/** Buildings: coloured by a class of their own, their grid's, household state, storeys, or plain. */

import { hatch } from "./patterns.js";
import { collect } from "./paths.js";
import { CROWDED_LAYERS } from "./sources.js";
import { insideTile } from "./scene.js";

const OUTLINE_FROM_ZOOM = 14.5;

/** Which class of a broken scale a value falls in. */
export const classOf = (value, breaks) => breaks.filter((low) => value >= low).length;

/**
 * A function from feature to fill colour.
 *
 * @param {import("./main.js").Model} model
 */
function fillOf(model) {
  const { colors, state } = model;
  if (state.buildingClasses) return classFillOf(state.buildingClasses, colors);
  if (state.buildingMode === "state") return ({ props }) => colors.states[props.dom] ?? colors.building;
  if (state.buildingMode === "storeys") {
    return ({ props }) =>
      props.storeys > 0
        ? model.colors.sequential[classOf(props.storeys, model.storeyBreaks)]
        : colors.building;
  }
  // With points on top, coloured buildings would compete with them.
  const crowded = state.layers.some((layer) => CROWDED_LAYERS.includes(layer));
  if (state.buildingMode !== "indicator" || !state.choropleth || crowded) return () => colors.building;
  if (model.draft.active) return draftFillOf(model);
  return ({ props }) => (props.hh > 0 && model.classColor(props.grid)) || colors.building;
}

/** A building's own class is what the page is about: points on top do not push it back. */
function classFillOf({ classes, colors: classColors }, colors) {
  return ({ id }) => {
    const index = classes[id];
    return index === null ? colors.inside : (classColors[index] ?? colors.building);
  };
}

/** Colours of a draft follow its own assignment: the tiles do not know of an edit. */
function draftFillOf(model) {
  const { colors, draft } = model;
  return ({ id, props }) => {
    if (draft.isLeftOver(id)) return colors.inside;
    const grid = draft.gridOf(id);
    const counts = props.hh > 0 || !draft.counted;
    return (grid && counts && model.classColor(grid)) || colors.building;
  };
}

function outlineOf(model) {
  const { colors, state } = model;
  if (state.buildingMode === "state" && !state.buildingClasses) return colors.stateLine;
  const coloured = state.buildingMode === "storeys" || state.choropleth || state.buildingClasses;
  return coloured ? colors.buildingLineOnColor : colors.buildingLine;
}

export function paintBuildings(ctx, frame, model, views) {
  const { colors, draft } = model;
  const fill = fillOf(model);
  const outline = outlineOf(model);
  const [hatched, hatchColor] = hatchedOf(model);
  for (const view of views) {
    const features = view.layers.get("building");
    if (!features?.length) continue;
    insideTile(ctx, frame, view, (scale) => {
      const paths = collect(features, fill);
      ctx.lineWidth = (0.6 * frame.k) / scale;
      ctx.strokeStyle = outline;
      for (const [color, path] of paths) {
        ctx.fillStyle = color;
        ctx.fill(path, "evenodd");
        if (frame.level >= OUTLINE_FROM_ZOOM) ctx.stroke(path);
      }
      if (hatched) hatchSome(ctx, frame, hatchColor, features, hatched);
      if (draft.active) hatchSome(ctx, frame, colors.leftOver, features, ({ id }) => draft.isLeftOver(id));
    });
  }
}

/** What is hatched: vacant, besides its pale colour; a height nobody knows. */
const HATCHED = {
  state: ({ props }) => props.dom === "vacant",
  storeys: ({ props }) => !(props.storeys > 0),
};

/** Which buildings are hatched, and in what colour; of their own classes those that cannot be told. */
function hatchedOf({ colors, state }) {
  const classes = state.buildingClasses?.classes;
  if (classes) return [({ id }) => classes[id] === null, colors.unknown];
  return [HATCHED[state.buildingMode], colors.vacantLine];
}

function hatchSome(ctx, frame, color, features, chosen) {
  const path = collect(features, (feature) => (chosen(feature) ? "chosen" : null)).get("chosen");
  if (!path) return;
  ctx.fillStyle = hatch(ctx, frame, color, 5, 1);
  ctx.fill(path, "evenodd");
  ctx.strokeStyle = color;
  ctx.stroke(path);
}

/** Buildings chosen for the draft's next edit: hatched in ink on the paper's colour. */
export function paintChosenBuildings(ctx, frame, { colors, draft }, views) {
  const { selection } = draft;
  if (!selection.size) return;
  for (const view of views) {
    const features = (view.layers.get("building") ?? []).filter(({ id }) => selection.has(id));
    if (!features.length) continue;
    const path = collect(features, () => "chosen").get("chosen");
    insideTile(ctx, frame, view, (scale) => {
      for (const fill of [colors.inside, hatch(ctx, frame, colors.ink, 3.6, 1.1)]) {
        ctx.fillStyle = fill;
        ctx.fill(path, "evenodd");
      }
      ctx.lineJoin = "round";
      for (const [width, color] of [[4, colors.halo], [1.9, colors.ink]]) {
        ctx.lineWidth = (width * frame.k) / scale;
        ctx.strokeStyle = color;
        ctx.stroke(path);
      }
    });
  }
}

/** Outline of the chosen building, whichever tiles it lies in. */
export function paintSelectedBuilding(ctx, frame, model, views) {
  const id = model.state.focus?.building;
  if (!id) return;
  for (const view of views) {
    const features = (view.layers.get("building") ?? []).filter((f) => f.id === id);
    if (!features.length) continue;
    const path = collect(features, () => "chosen").get("chosen");
    insideTile(ctx, frame, view, (scale) => {
      ctx.lineJoin = "round";
      for (const [width, color] of [[6, model.colors.halo], [2.8, model.colors.ink]]) {
        ctx.lineWidth = (width * frame.k) / scale;
        ctx.strokeStyle = color;
        ctx.stroke(path);
      }
    });
  }
}
