/** Pictograms of facility kinds: single paths of 15 px icon sets, read from the installed packages. */

const MAKI = "@mapbox/maki/icons";
const TEMAKI = "@rapideditor/temaki/icons";

/** Which file draws a kind, and which colour family supports it. */
export const KINDS = {
  party_centre: { file: `${MAKI}/town-hall.svg`, family: "party", big: true },
  grid_station: { file: `${MAKI}/home.svg`, family: "station" },
  canteen: { file: `${MAKI}/restaurant-noodle.svg`, family: "elderly" },
  day_care: { file: `${TEMAKI}/social_facility.svg`, family: "elderly" },
  after_school: { file: `${MAKI}/school.svg`, family: "education" },
  school: { file: `${MAKI}/school.svg`, family: "education" },
  kindergarten: { file: `${MAKI}/playground.svg`, family: "education" },
  clinic: { file: `${MAKI}/hospital.svg`, family: "health" },
  hospital: { file: `${MAKI}/hospital.svg`, family: "health" },
  toilet: { file: `${MAKI}/toilet.svg`, family: "other" },
  police: { file: `${TEMAKI}/police_officer.svg`, family: "station" },
  waste: { file: `${MAKI}/waste-basket.svg`, family: "other" },
  bin: { file: `${MAKI}/waste-basket.svg`, family: "other" },
  light: { file: `${TEMAKI}/street_lamp_arm.svg`, family: "other" },
  fire: { file: `${TEMAKI}/fire_hydrant.svg`, family: "other" },
  charging: { file: `${MAKI}/charging-station.svg`, family: "other" },
  park: { file: `${MAKI}/park.svg`, family: "health" },
  manhole: { file: `${TEMAKI}/manhole.svg`, family: "other" },
  aed: { file: `${MAKI}/defibrillator.svg`, family: "health" },
  car_park: { file: `${MAKI}/parking.svg`, family: "other" },
  culture: { file: `${MAKI}/library.svg`, family: "education" },
  shop: { file: `${MAKI}/shop.svg`, family: "other" },
  institution: { file: `${MAKI}/embassy.svg`, family: "other" },
  other: { file: `${MAKI}/marker.svg`, family: "other" },
};

/** Street furniture comes in hundreds: a dot from afar, a small disc near by. */
const FURNITURE = new Set(["light", "bin", "manhole"]);

export const isFurniture = (kind) => FURNITURE.has(kind);

/** Kinds that serve people; they lie above equipment. */
const SERVICES = new Set([
  "party_centre",
  "grid_station",
  "canteen",
  "day_care",
  "after_school",
  "school",
  "kindergarten",
  "clinic",
  "hospital",
  "police",
  "institution",
]);

export const isService = (kind) => SERVICES.has(kind);

export const kindOf = (kind) => KINDS[kind] ?? KINDS.other;

/** Path data of the drawing parts of an SVG file. */
function pathData(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml");
  return [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d")).join(" ");
}

export class Icons {
  /**
   * @param {URL} root
   * @param {() => void} onLoaded
   */
  constructor(root, onLoaded) {
    this.root = root;
    this.onLoaded = onLoaded;
    /** @type {Map<string, {d: string, path: Path2D}|null>} null while it is on its way */
    this.files = new Map();
    this.loading = 0;
  }

  get settled() {
    return this.loading === 0;
  }

  /** Drawing of a facility kind, or null until it has arrived. */
  get(kind) {
    const { file } = kindOf(kind);
    if (!this.files.has(file)) this.#load(file);
    return this.files.get(file);
  }

  async #load(file) {
    this.files.set(file, null);
    this.loading += 1;
    try {
      const response = await fetch(new URL(`vendor/${file}`, this.root));
      if (!response.ok) throw new Error(`${file} answered ${response.status}`);
      const d = pathData(await response.text());
      this.files.set(file, { d, path: new Path2D(d) });
    } catch {
      // A missing pictogram leaves a plain disc: the colour and the tooltip still tell.
      this.files.set(file, { d: "", path: new Path2D() });
    } finally {
      this.loading -= 1;
      if (this.settled) this.onLoaded();
    }
  }
}
