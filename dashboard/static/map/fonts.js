/**
 * Canvas text needs its font beforehand: a canvas never repaints when a web font arrives.
 *
 * The Chinese font comes in about a hundred subsets, fetched by the characters in use. We remember
 * which characters were asked for and hold a text back until its own are there.
 */

export const FAMILY = "'Noto Sans SC Variable','Noto Sans CJK SC','Noto Sans SC',sans-serif";

const WEIGHTS = [400, 600];
const PATIENCE_MS = 5000;

/** Wait until the style sheets, and with them the font faces, are known. */
async function styleSheets() {
  const links = [...document.querySelectorAll('link[rel="stylesheet"]')].filter((l) => !l.sheet);
  const loaded = (link) =>
    new Promise((resolve) => {
      link.addEventListener("load", resolve, { once: true });
      link.addEventListener("error", resolve, { once: true });
    });
  await Promise.race([Promise.all(links.map(loaded)), pause(PATIENCE_MS)]);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Fonts {
  /** @param {() => void} onLoaded called when more text can be painted */
  constructor(onLoaded) {
    this.onLoaded = onLoaded;
    this.ready = new Set();
    this.asked = new Set();
    this.loading = 0;
    this.sheets = styleSheets();
  }

  /**
   * May this text be painted now? If not, its characters are on their way.
   *
   * @param {string} text
   */
  has(text) {
    let complete = true;
    let missing = "";
    for (const character of text) {
      if (this.ready.has(character)) continue;
      complete = false;
      if (!this.asked.has(character)) missing += character;
    }
    if (missing) this.#queue(missing);
    return complete;
  }

  /** Nothing under way. */
  get settled() {
    return this.loading === 0;
  }

  /** Gather the characters of one paint into one request. */
  #queue(characters) {
    for (const character of characters) this.asked.add(character);
    this.batch = (this.batch ?? "") + characters;
    if (this.batch !== characters) return;
    this.loading += 1;
    queueMicrotask(() => {
      const batch = this.batch;
      this.batch = undefined;
      this.#load(batch);
    });
  }

  async #load(characters) {
    await this.sheets;
    const faces = WEIGHTS.map((weight) =>
      document.fonts.load(`${weight} 14px ${FAMILY}`, characters).catch(() => []),
    );
    await Promise.race([Promise.all(faces), pause(PATIENCE_MS)]);
    for (const character of characters) this.ready.add(character);
    this.loading -= 1;
    this.onLoaded();
  }
}
