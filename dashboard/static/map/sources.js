/** Which tiles the map asks for: one source per set of layers that change together. */

/** Highest zoom the server is asked for; beyond it tiles are magnified. */
export const MAX_DATA_ZOOM = 16;

/** Filters each source understands; a change of another filter does not refetch it. */
const FILTERS = {
  ticket: ["from", "to", "sign", "class"],
  elderly: ["care"],
  party_household: [],
  facility: ["kind"],
};

/** Point layers in painting order, lowest first. */
export const POINT_LAYERS = ["party_household", "elderly", "ticket", "facility"];

/** Layers whose points push buildings back to neutral and labels back to codes. */
export const CROWDED_LAYERS = ["ticket", "elderly", "party_household"];

/**
 * Layers that come as sums from afar change to single points a little before the ground's tiles
 * change: a community that just fills a small screen then shows its points and not their sums.
 * The server's answer to a click knows the same number (`POINT_LEAD` in geo/layers.py).
 */
const POINT_LEAD = 0.3;

/** @param {string} key of a source */
export const leadOf = (key) => (CROWDED_LAYERS.includes(key) ? POINT_LEAD : 0);

/**
 * @param {string[]} layers
 * @param {Object<string, string|number|null|undefined>} parameters
 * @param {URL} root
 */
function template(layers, parameters, root) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  return `${root.pathname}tiles/${layers.join(",")}/{z}/{x}/{y}?${query}`;
}

const pick = (filters, names) =>
  Object.fromEntries(names.filter((name) => filters[name]).map((name) => [name, filters[name]]));

/**
 * Address template by source key; a source that is not needed is absent.
 *
 * @param {import("./types.js").MapState} state
 * @param {URL} root where the server's paths begin
 * @returns {Map<string, string>}
 */
export function sourceTemplates(state, root) {
  const v = state.version;
  const shown = new Set(state.layers);
  const homes = shown.has("unit") ? ["building", "unit"] : ["building"];
  const templates = new Map([
    ["ground", template(["ground", "community", "sub_district"], { v }, root)],
    ["building", template(homes, { plan: state.plan, v }, root)],
  ]);
  for (const layer of POINT_LAYERS.filter((key) => shown.has(key))) {
    const filters = pick(state.filters ?? {}, FILTERS[layer]);
    templates.set(layer, template([layer], { ...filters, v }, root));
  }
  return templates;
}
