/**
 * The only global of the map: `window.wangge`.
 *
 * streamlit-folium loads classic scripts and calls `init` and `apply` at once, while ES modules
 * arrive later. So this small loader keeps the calls in a queue until the modules are there.
 */
(function load() {
  "use strict";

  const here = document.currentScript.src;
  const waiting = [];
  let atlas = null;

  const call = (name, values) => {
    if (atlas) atlas[name](...values);
    else waiting.push([name, values]);
  };

  // The tile library is asked for by the modules, when they have all arrived: start it beside them.
  const early = document.createElement("link");
  early.rel = "preload";
  early.as = "script";
  early.href = new URL("../../vendor/protomaps-leaflet/dist/protomaps-leaflet.js", here).href;
  document.head.append(early);

  const ready = import(new URL("./main.js", here).href).then(async (module) => {
    atlas = module.createAtlas();
    for (const [name, values] of waiting.splice(0)) atlas[name](...values);
    await atlas.ready;
  });
  ready.catch((error) => {
    // Without modules there is nobody to show a note, so leave at least a sentence.
    const note = document.createElement("div");
    note.textContent = `地图脚本未能加载 · The map scripts did not load (${error.message})`;
    note.style.cssText = "position:fixed;inset:auto 0 0 0;padding:8px;font:13px sans-serif";
    document.body.appendChild(note);
  });

  window.wangge = {
    init: (map, config) => call("init", [map, config]),
    apply: (state) => call("apply", [state]),
    /** Resolves once the modules run and the first state has been applied. */
    ready,
    /** True when everything visible is loaded and painted. */
    painted: () => Boolean(atlas && atlas.painted()),
    /** The state last applied. */
    get state() {
      return atlas ? atlas.state : null;
    },
    /** Counters for tests and diagnosis: requests, repaints, tiles kept. */
    get stats() {
      return atlas ? atlas.stats() : null;
    },
  };
})();
