/** One quiet line on the map for what went wrong. */

export class Notes {
  constructor(map) {
    this.node = document.createElement("div");
    this.node.className = "wg-note";
    this.node.setAttribute("role", "status");
    this.node.hidden = true;
    const { node } = this;
    const Note = window.L.Control.extend({ onAdd: () => node });
    new Note({ position: "topleft" }).addTo(map);
    /** @type {Map<string, string>} sentence by who says it */
    this.said = new Map();
  }

  /**
   * @param {string} who
   * @param {string} sentence empty when there is nothing to complain about any more
   */
  say(who, sentence) {
    if (sentence) this.said.set(who, sentence);
    else this.said.delete(who);
    const text = [...new Set(this.said.values())].join(" · ");
    this.node.textContent = text;
    this.node.hidden = !text;
  }
}
