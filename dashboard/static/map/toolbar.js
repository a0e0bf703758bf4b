/** The drawing tools, top left: icon, name and key of each. */

/**
 * In the order of the bar. Icons are strokes on a square of 20.
 *
 * @type {{tool: import("./types.js").Tool, key: string, icon: string}[]}
 */
export const TOOLS = [
  { tool: "click", key: "V", icon: "M5 3l10.5 6-4.6 1.4L8.6 15z M11 10.6l3.6 5" },
  {
    tool: "lasso",
    key: "L",
    icon:
      "M6.4 12.9C4.1 12 2.7 10.5 2.7 8.7c0-3 3.3-5.2 7.3-5.2s7.3 2.2 7.3 5.2-3.3 5.2-7.3 5.2" +
      "c-.6 0-1.2-.05-1.7-.15 M6.2 11.5a1.7 1.7 0 1 0 2 2.5c.5 1.7 0 2.7-1.5 3.5",
  },
  { tool: "polygon", key: "P", icon: "M10 3l7 5.1-2.7 8.2H5.7L3 8.1z" },
  { tool: "rectangle", key: "R", icon: "M3 4.5h14v11H3z" },
  { tool: "line", key: "S", icon: "M3 4.5h14v11H3z M11.7 2.3l-1.5 5 1.8 4.5-2.4 6" },
  {
    tool: "pan",
    key: "H",
    icon:
      "M10 2.5v15 M2.5 10h15 M10 2.5l-2.1 2.1M10 2.5l2.1 2.1 M10 17.5l-2.1-2.1" +
      "M10 17.5l2.1-2.1 M2.5 10l2.1-2.1M2.5 10l2.1 2.1 M17.5 10l-2.1-2.1M17.5 10l-2.1 2.1",
  },
];

const picture = (d) =>
  `<svg viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="${d}"/></svg>`;

function button({ tool, key, icon }, choose, map) {
  const node = document.createElement("button");
  node.type = "button";
  node.dataset.tool = tool;
  node.innerHTML = `${picture(icon)}<span class="wg-tool-text"><span></span> <kbd>${key}</kbd></span>`;
  node.setAttribute("aria-keyshortcuts", key);
  node.addEventListener("click", (event) => {
    choose(tool);
    // Chosen with the pointer: the keys belong to the map again, and the space bar presses nothing.
    if (event.detail) map.getContainer().focus({ preventScroll: true });
  });
  return node;
}

export class Toolbar {
  /**
   * @param {L.Map} map
   * @param {(tool: import("./types.js").Tool) => void} choose
   */
  constructor(map, choose) {
    this.node = document.createElement("div");
    this.node.className = "wg-tools";
    this.node.setAttribute("role", "toolbar");
    this.node.setAttribute("aria-orientation", "vertical");
    this.node.append(...TOOLS.map((each) => button(each, choose, map)));
    this.node.hidden = true;
    const { node } = this;
    const Bar = window.L.Control.extend({ onAdd: () => node });
    new Bar({ position: "topleft" }).addTo(map);
    // Above whatever else stands in this corner: the tools do not move when a note comes.
    node.parentNode.prepend(node);
    window.L.DomEvent.disableClickPropagation(node);
    window.L.DomEvent.disableScrollPropagation(node);
  }

  /**
   * @param {import("./types.js").Tool|null} chosen null hides the bar
   * @param {Object<string, any>} words
   */
  show(chosen, words) {
    this.node.hidden = chosen === null;
    this.node.setAttribute("aria-label", words.tools ?? "");
    for (const node of this.node.children) {
      const { tool } = node.dataset;
      node.setAttribute("aria-pressed", String(tool === chosen));
      node.querySelector(".wg-tool-text span").textContent = words.toolNames?.[tool] ?? tool;
      node.title = words.toolHints?.[tool] ?? "";
    }
  }
}
