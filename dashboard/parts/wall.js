/**
 * The picture on a wall. There is one in a window, and it outlives the part it is drawn into: turning
 * scenes, clock, keys and heartbeat must go on whatever happens to the page's session.
 *
 * Heartbeat: the server is asked whether it and its database answer. If not, the header says whose
 * data is still shown. If they answer but the page has brought nothing for long, its session is
 * lost, and the page is loaded anew.
 */

const TICK_MS = 500;
const ASK_MS = 5000;
const PATIENCE_MS = 4000;

/** One answer may get lost; two are no accident, and the second is asked for soon. */
const MISSES = 2;
const AGAIN_MS = 1000;

/** Refreshes that may fail to come before the page is loaded anew, and the shortest time for it. */
const LOST_BEATS = 4;
const SHORTEST_LIFE_MS = 60000;

const SMALLEST_TITLE = 1.5;
const TITLE_STEP = 0.1;

/** Higher than so many sizes of its letters the title has two lines. */
const ONE_LINE = 1.5;

/** Names of bars get so much room, in sizes of their letters; those up to this one are narrow. */
const WIDEST_NAME = 9.5;
const LAST_NARROW = 0x2e7f;

/** The map's own way of drawing pictograms and marks. */
const MAP_SCRIPTS = "/assets/map/";

export default function ({ data, parentElement }) {
  window.wanggeWall ??= new Wall();
  window.wanggeWall.show(parentElement.querySelector(".part"), data);
}

class Wall {
  constructor() {
    this.at = 0;
    this.paused = null;
    this.misses = 0;
    this.edition = 0;
    this.born = this.turned = Date.now();
    setInterval(() => this.#tick(), TICK_MS);
    document.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("resize", () => this.#fitTitle());
    this.#loadMarks();
    this.#ask();
  }

  /** New data, or the same again: a sign of life. */
  show(part, data) {
    this.heard = Date.now();
    this.ahead = data.now - Date.now();
    this.refresh = data.refresh * 1000;
    const text = JSON.stringify(data.shown);
    if (text === this.text && part === this.part) return;
    this.paused ??= Boolean(data.shown.held);
    const here = this.scene?.key ?? data.shown.held;
    Object.assign(this, { part, text, shown: data.shown, edition: this.edition + 1 });
    this.at = Math.max(0, data.shown.scenes.findIndex(({ key }) => key === here));
    this.#build();
  }

  get scene() {
    return this.shown?.scenes[this.at];
  }

  /* ---- time ---- */

  #tick() {
    if (!this.shown) return;
    const due = Date.now() - this.turned >= this.shown.every * 1000;
    if (due && !this.paused && this.shown.scenes.length > 1) this.#turn((this.at + 1) % this.shown.scenes.length);
    this.#setClock();
    this.#setMap();
  }

  #turn(at) {
    this.turned = Date.now();
    if (at === this.at || !this.shown.scenes[at]) return;
    this.at = at;
    this.#drawScene();
    if (this.paused) this.#writeAddress();
  }

  /** What stands still is part of the address, so that a link shows the same. */
  #writeAddress() {
    const { pathname, search, hash } = window.location;
    const parts = search.slice(1).split("&").filter((part) => part && !part.startsWith("scene="));
    if (this.paused && this.scene) parts.push(`scene=${this.scene.key}`);
    window.history.replaceState(window.history.state, "", `${pathname}?${parts.join("&")}${hash}`);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") {
      this.paused = !this.paused;
      this.turned = Date.now();
      this.#drawTabs();
      this.#writeAddress();
    } else if (/^[1-9]$/.test(event.key)) this.#turn(Number(event.key) - 1);
    else return;
    event.preventDefault();
  }

  #setClock() {
    const { locale, zone } = this.shown;
    const now = new Date(Date.now() + this.ahead);
    const day = now.toLocaleDateString(locale, { timeZone: zone, month: "long", day: "numeric" });
    const time = now.toLocaleTimeString(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false });
    const text = `${day}　${time}`;
    if (this.clock.textContent !== text) this.clock.textContent = text;
  }

  /* ---- heartbeat ---- */

  async #ask() {
    const good = await this.#answers();
    if (good && this.misses) this.recovered = Date.now();
    this.misses = good ? 0 : this.misses + 1;
    if (this.shown) this.#drawCutoff();
    if (good && this.#isLost()) window.location.reload();
    setTimeout(() => this.#ask(), this.misses && this.misses < MISSES ? AGAIN_MS : ASK_MS);
  }

  async #answers() {
    try {
      const answer = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      return answer.ok;
    } catch {
      return false;
    }
  }

  /** The server answers, but to somebody else: the page's own session brings nothing any more. */
  #isLost() {
    const silent = Date.now() - Math.max(this.heard, this.recovered ?? 0);
    return silent > LOST_BEATS * this.refresh && Date.now() - this.born > SHORTEST_LIFE_MS;
  }

  /* ---- drawing ---- */

  #build() {
    const wall = element("div", "wall");
    wall.style.background = this.shown.colors.ground ?? "";
    wall.style.setProperty("--ground", this.shown.colors.ground ?? "transparent");
    this.tabs = element("div", "tabs");
    this.tabs.setAttribute("role", "tablist");
    this.title = element("h1", "", this.shown.title);
    this.cutoff = element("span");
    this.cutoff.setAttribute("role", "status");
    this.clock = element("span", "clock");
    const [header, footer, right] = ["header", "footer", "div"].map((tag) => element(tag));
    right.className = "right";
    right.append(this.cutoff, this.clock);
    header.append(this.tabs, this.title, right);
    const figures = element("aside", "figures");
    figures.append(...this.shown.numbers.map(makeFigure));
    this.panels = element("aside", "panels");
    this.say = element("span", "say");
    this.legend = element("div", "legend");
    footer.append(this.say, this.legend);
    this.middle = element("p", "middle");
    wall.append(header, figures, this.middle, this.panels, footer);
    this.part.replaceChildren(wall);
    this.#setClock();
    this.#drawCutoff();
    this.#drawScene();
    this.#fitTitle();
  }

  #drawCutoff() {
    const late = this.misses >= MISSES ? this.shown.offline : this.shown.late;
    const text = late || this.shown.cutoff;
    if (this.cutoff.textContent === text) return;
    this.cutoff.textContent = text;
    this.cutoff.className = late ? "late" : "";
    this.#fitTitle();
  }

  #drawTabs() {
    const made = this.shown.scenes.map((scene, at) => {
      const tab = element("button", "tab", scene.tab);
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(at === this.at));
      tab.addEventListener("click", () => this.#turn(at));
      tab.addEventListener("focus", () => tab.blur()); // or Space would press it again
      tab.tabIndex = -1;
      return tab;
    });
    this.tabs.replaceChildren(...made);
    if (this.paused) this.tabs.append(element("span", "paused", this.shown.words.paused));
  }

  #drawScene() {
    this.#drawTabs();
    const { scene } = this;
    if (!scene) return;
    const names = scene.panels.flatMap(({ rows }) => rows.map(({ name }) => widthOf(name)));
    this.panels.style.setProperty("--name", `${Math.min(WIDEST_NAME, Math.max(0, ...names))}em`);
    this.panels.replaceChildren(...scene.panels.map(makePanel));
    const sentence = scene.trouble || scene.sentence;
    this.say.textContent = scene.map ? sentence : "";
    this.middle.textContent = scene.map ? "" : sentence;
    this.say.classList.toggle("trouble", Boolean(scene.trouble));
    this.#drawLegend();
    this.#setMap();
  }

  #drawLegend() {
    if (!this.marks || !this.scene) return;
    const model = { colors: this.shown.colors, icons: this.marks.icons };
    const made = this.scene.legend.map((key) => {
      const item = element("span");
      item.append(this.marks.swatch(key, model), element("span", "", key.text));
      return item;
    });
    this.legend.replaceChildren(...made);
  }

  async #loadMarks() {
    const [{ swatch }, { Icons }] = await Promise.all(
      ["legend.js", "icons.js"].map((name) => import(new URL(MAP_SCRIPTS + name, window.location.origin).href)),
    );
    this.marks = { swatch, icons: new Icons(new URL("/", window.location.origin), () => this.#drawLegend()) };
    this.#drawLegend();
  }

  /** Hand the map the scene's state, unless it has it; it may have been mounted anew meanwhile. */
  #setMap() {
    const { scene } = this;
    const frame = [...document.querySelectorAll("iframe")].find((one) => one.contentWindow?.wangge);
    const map = frame?.contentWindow.wangge;
    const wanted = `${scene?.key} ${this.edition}`;
    if (frame) frame.style.visibility = scene?.map ? "" : "hidden";
    if (!scene?.map || !map?.state || map.state.scene === wanted) return;
    map.apply({ ...scene.map, scene: wanted });
  }

  /** A long name in smaller type, in two lines at last. */
  #fitTitle() {
    if (!this.title?.isConnected) return;
    const { style } = this.title;
    const line = () => parseFloat(getComputedStyle(this.title).fontSize);
    const tooLarge = () => this.title.offsetHeight > ONE_LINE * line();
    let rem = 2.3;
    style.fontSize = "";
    while (tooLarge() && rem > SMALLEST_TITLE) {
      rem -= TITLE_STEP;
      style.fontSize = `${rem}rem`;
    }
  }
}

/** About how wide a text is, in sizes of its letters. */
function widthOf(text) {
  return [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > LAST_NARROW ? 1 : 0.56), 0.4);
}

function makeFigure(number) {
  const figure = element("section", "figure");
  const over = element("div", "over");
  over.append(element("span", "cut", number.label), element("span", "", number.aside));
  const value = element("div", "value", number.value);
  value.append(element("span", "unit", number.unit));
  figure.append(over, value);
  if (number.gauge) {
    const gauge = element("div", "gauge");
    const fill = stretch("fill", 0, number.gauge.share);
    fill.style.background = number.gauge.color;
    gauge.append(fill, stretch("band", ...number.gauge.band));
    figure.append(gauge);
  }
  figure.append(element("div", `under cut ${number.tone}`, number.line || "\u00a0"));
  return figure;
}

function makePanel(panel) {
  const made = element("section", "panel");
  const rows = element("div", "rows");
  rows.append(...panel.rows.map((row) => makeRow(row, panel.band)));
  made.append(element("h2", "cut", panel.title), rows);
  if (panel.keys.length) {
    const keys = element("div", "keys");
    keys.append(...panel.keys.map(([color, text]) => makeKey(color, text)));
    made.append(keys);
  }
  if (panel.note) made.append(element("p", "note", panel.note));
  return made;
}

function makeRow(row, band) {
  const made = element("div", "row");
  const track = element("span", "track");
  if (band) track.append(stretch("band", ...band));
  for (const piece of row.pieces) {
    const part = element("i", piece.hatched ? "hatched" : "");
    part.style.width = `${piece.share * 100}%`;
    if (!piece.hatched) part.style.background = piece.color;
    track.append(part);
  }
  made.append(element("span", "cut", row.name), track, element("span", "text", row.text));
  return made;
}

function makeKey(color, text) {
  const key = element("span", "", text);
  const box = element("i");
  box.style.background = color;
  key.prepend(box);
  return key;
}
