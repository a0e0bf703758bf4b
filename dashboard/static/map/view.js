/** Where the map looks: fitted to the community, or as the page's address says. */

const MARGIN_PX = 24;
const WRITE_DELAY_MS = 120;

/** A single building is not shown larger than this. */
const CLOSE_ZOOM = 18;

/** Address of the page around us; ours if we may not read it. */
function outer() {
  try {
    void window.parent.location.href;
    return window.parent;
  } catch {
    return window;
  }
}

/**
 * The view in the address: `z` is the zoom of a small screen, so that a wall with large type shows
 * the same ground (see `Frame.level`); `c` is lat,lon.
 *
 * @returns {{level: number, center: [number, number]}|null}
 */
function viewFromAddress() {
  const query = new URL(outer().location.href).searchParams;
  const level = Number(query.get("z"));
  const center = (query.get("c") ?? "").split(",").map(Number);
  const valid =
    level > 0 && level < 23 && center.length === 2 && Math.abs(center[0]) < 85 && Math.abs(center[1]) <= 180;
  return valid && query.get("c") ? { level, center } : null;
}

/**
 * Put the view's keys into the page's address; the other keys stay as they are.
 *
 * @param {string[]} parts such as ["z=15", "c=24.97,102.75"]
 */
function writeAddress(parts) {
  const page = outer();
  const { pathname, search, hash } = page.location;
  // Not through URLSearchParams: it would encode everybody's keys anew, and our comma.
  const others = search.slice(1).split("&").filter((part) => part && !/^[zc]=/.test(part));
  const query = [...others, ...parts].join("&");
  page.history.replaceState(page.history.state, "", `${pathname}${query && `?${query}`}${hash}`);
}

export class View {
  /**
   * @param {L.Map} map
   * @param {() => {k: number, legendWidth: number}} layout
   */
  constructor(map, layout) {
    this.map = map;
    this.layout = layout;
    this.bounds = null;
    /** Whether the view is somebody's choice; else it follows the community and the window. */
    this.chosen = false;
    /** Whether the page's address tells where the map looks. */
    this.writes = true;
    map.on("moveend", () => this.#moved());
    this.observer = new ResizeObserver(() => this.#resized());
    this.observer.observe(map.getContainer());
  }

  /** First state: the address wins over fitting. */
  start(boundsLonLat) {
    this.bounds = boundsLonLat;
    const given = viewFromAddress();
    this.chosen = given !== null;
    if (!given) {
      this.fit();
      return;
    }
    const zoom = given.level + Math.log2(this.layout().k);
    this.#quietly(() => this.map.setView(given.center, zoom, { animate: false }));
  }

  /** Another community: look at it. */
  lookAt(boundsLonLat) {
    this.bounds = boundsLonLat;
    this.chosen = false;
    this.fit();
  }

  /** Show the bounds as large as they go; slack is used to stand clear of the legend. */
  fit() {
    const [west, south, east, north] = this.bounds ?? [];
    const { map } = this;
    if (![west, south, east, north].every(Number.isFinite) || !map.getSize().x) return;
    const { k, legendWidth } = this.layout();
    const margin = MARGIN_PX * k;
    const box = window.L.latLngBounds([south, west], [north, east]);
    const zoom = map.getBoundsZoom(box, false, window.L.point(2 * margin, 2 * margin));
    const width = map.project(box.getSouthEast(), zoom).x - map.project(box.getNorthWest(), zoom).x;
    const slack = Math.max(0, (map.getSize().x - 2 * margin - width) / 2);
    const middle = map.project(box.getCenter(), zoom);
    middle.x -= Math.min(slack, legendWidth / 2);
    this.#quietly(() => map.setView(map.unproject(middle, zoom), zoom, { animate: false }));
    this.#write();
  }

  /** Bring a box into view only if it is off-screen. */
  reveal(box) {
    if (this.map.getBounds().intersects(box)) return;
    this.map.panTo(window.L.latLngBounds(box).getCenter(), { animate: true });
  }

  /** Go to a box because somebody asked to be shown it; it keeps some ground around it. */
  zoomTo([west, south, east, north]) {
    const box = window.L.latLngBounds([south, west], [north, east]).pad(0.35);
    this.map.fitBounds(box, { maxZoom: CLOSE_ZOOM, animate: true });
  }

  /** A movement of ours is nobody's choice. */
  #quietly(move) {
    this.ours = true;
    move();
    this.ours = false;
  }

  #moved() {
    if (this.ours) return;
    this.chosen = true;
    this.#write();
  }

  /** Soon and once: browsers limit how often a page may change its address. */
  #write() {
    clearTimeout(this.timer);
    if (!this.writes) return;
    this.timer = setTimeout(() => {
      const { lat, lng } = this.map.getCenter();
      const level = this.map.getZoom() - Math.log2(this.layout().k);
      writeAddress([`z=${Number(level.toFixed(2))}`, `c=${lat.toFixed(5)},${lng.toFixed(5)}`]);
    }, WRITE_DELAY_MS);
  }

  #resized() {
    this.#quietly(() => this.map.invalidateSize({ animate: false, pan: false }));
    this.onResize?.();
    if (!this.chosen) this.fit();
  }
}
