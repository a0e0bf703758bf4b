/**
 * Canvases that lie on the map, move and zoom with it, and are painted at its exact zoom.
 *
 * `L.Renderer` already keeps a container in step with panning and zoom animation; a surface adds
 * the canvas and calls `paint` whenever the view has settled or somebody invalidates it.
 */

import { TILE_PX, dataZoom, worldPx } from "./geo.js";
import { MAX_DATA_ZOOM } from "./sources.js";

const PADDING = 0.18;
const MAX_PIXELS = 24e6;

/** Device pixels per css pixel, kept within what a canvas can hold. */
function pixelRatio(width, height) {
  const wanted = Math.max(1, window.devicePixelRatio || 1);
  return Math.min(wanted, Math.sqrt(MAX_PIXELS / (width * height)));
}

/**
 * @param {(ctx: CanvasRenderingContext2D, frame: import("./types.js").Frame) => void} paint
 * @param {string} pane
 * @param {() => number} scaleOf size factor of symbols
 */
export function createSurface(paint, pane, scaleOf) {
  const Surface = window.L.Renderer.extend({
    options: { padding: PADDING, pane },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.className = "wg-surface";
      this._context = this._container.getContext("2d");
    },

    _destroyContainer() {
      this._container.remove();
      this._container.width = this._container.height = 0;
      this._container = this._context = null;
    },

    getEvents() {
      const events = window.L.Renderer.prototype.getEvents.call(this);
      events.move = this._onMove;
      return events;
    },

    /** Dragged beyond what is painted: paint again without waiting for the end. */
    _onMove() {
      if (this._map._animatingZoom || !this._bounds) return;
      const size = this._map.getSize();
      const min = this._map.containerPointToLayerPoint([0, 0]);
      const view = window.L.bounds(min, min.add(size));
      if (!this._bounds.contains(view)) this._update();
    },

    /** The base class would put the canvas between pixels at fractional zooms, and blur it. */
    _reset() {
      this._update();
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      window.L.Renderer.prototype._update.call(this);
      window.L.DomUtil.setPosition(this._container, this._bounds.min);
      // Leaflet says several times that the view has moved to the same place.
      if (JSON.stringify(this.frame()) === this._painted) return;
      this._resize(this._bounds.getSize());
      this.repaint();
      this.fire("update");
    },

    _resize(size) {
      this._ratio = pixelRatio(size.x, size.y);
      const canvas = this._container;
      const [width, height] = [Math.round(size.x * this._ratio), Math.round(size.y * this._ratio)];
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
    },

    /** @returns {import("./types.js").Frame|null} */
    frame() {
      if (!this._map || !this._bounds) return null;
      const origin = this._bounds.min.add(this._map.getPixelOrigin());
      const size = this._bounds.getSize();
      return {
        zoom: this._zoom,
        // A wall screen with large type shows the same picture larger, not another one.
        level: this._zoom - Math.log2(scaleOf()),
        originX: origin.x,
        originY: origin.y,
        width: size.x,
        height: size.y,
        dpr: this._ratio,
        k: scaleOf(),
      };
    },

    repaint() {
      const frame = this.frame();
      if (!frame || this._map._animatingZoom) return;
      this._painted = JSON.stringify(frame);
      const ctx = this._context;
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, this._container.width, this._container.height);
      toScreen(ctx, frame);
      paint(ctx, frame);
    },
  });
  return new Surface();
}

/** Draw in css pixels of the canvas. */
export function toScreen(ctx, frame) {
  ctx.setTransform(frame.dpr, 0, 0, frame.dpr, 0, 0);
}

/** Tiles that cover the frame. */
export function tilesOf(frame, lead = 0) {
  const z = dataZoom(frame.level, MAX_DATA_ZOOM, lead);
  const side = worldPx(frame.zoom) / 2 ** z;
  const last = 2 ** z - 1;
  const clamp = (value) => Math.max(0, Math.min(last, Math.floor(value)));
  const tiles = [];
  const [left, right] = [clamp(frame.originX / side), clamp((frame.originX + frame.width) / side)];
  const [top, low] = [clamp(frame.originY / side), clamp((frame.originY + frame.height) / side)];
  for (let x = left; x <= right; x++) for (let y = top; y <= low; y++) tiles.push({ z, x, y });
  return nearestFirst(tiles, (left + right) / 2, (top + low) / 2);
}

/** The middle of the view is what people look at: ask for it first. */
function nearestFirst(tiles, x, y) {
  return tiles.sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y));
}

/** Square of a tile on the canvas, edges on whole device pixels so that neighbours meet. */
function square(tile, frame) {
  const side = worldPx(frame.zoom) / 2 ** tile.z;
  const snap = (value) => Math.round(value * frame.dpr) / frame.dpr;
  const x = snap(tile.x * side - frame.originX);
  const y = snap(tile.y * side - frame.originY);
  const right = snap((tile.x + 1) * side - frame.originX);
  const low = snap((tile.y + 1) * side - frame.originY);
  return { x, y, w: right - x, h: low - y };
}

function overlap(a, b) {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return { x, y, w: Math.min(a.x + a.w, b.x + b.w) - x, h: Math.min(a.y + a.h, b.y + b.h) - y };
}

/**
 * Everything a source can show in the frame.
 *
 * @param {import("./tilestore.js").TileStore|undefined} store
 * @param {import("./types.js").Frame} frame
 * @param {number} [lead]
 * @returns {import("./types.js").TileView[]}
 */
export function viewsOf(store, frame, lead = 0) {
  if (!store) return [];
  return tilesOf(frame, lead).flatMap((wanted) =>
    store.find(wanted).map(({ tile, layers }) => {
      const side = worldPx(frame.zoom) / 2 ** tile.z;
      return {
        layers,
        z: tile.z,
        x: tile.x * side - frame.originX,
        y: tile.y * side - frame.originY,
        scale: side / TILE_PX,
        clip: overlap(square(wanted, frame), square(tile, frame)),
      };
    }),
  );
}

/** Draw in the pixels of a tile, within its square. */
export function insideTile(ctx, frame, view, draw) {
  ctx.save();
  toScreen(ctx, frame);
  ctx.beginPath();
  ctx.rect(view.clip.x, view.clip.y, view.clip.w, view.clip.h);
  ctx.clip();
  const scale = frame.dpr * view.scale;
  ctx.setTransform(scale, 0, 0, scale, frame.dpr * view.x, frame.dpr * view.y);
  draw(view.scale);
  ctx.restore();
}

/** Screen position of a point of a tile, or null outside the square it stands for. */
export function place(view, point) {
  const x = view.x + point.x * view.scale;
  const y = view.y + point.y * view.scale;
  const { clip } = view;
  const inside = x >= clip.x && y >= clip.y && x < clip.x + clip.w && y < clip.y + clip.h;
  return inside ? { x, y } : null;
}
