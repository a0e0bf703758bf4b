/**
 * Keeps the map's view in the page's address.
 *
 * The map writes `z` and `c` there by itself. Streamlit knows nothing of them and drops them when
 * the page changes another key, so they are put back, unless the page moved to another territory.
 *
 * Nor does it know them when it writes the links to briefings, which show what the map shows: they
 * are told as they are followed, with `s`, the map's size. A link that asks for the whole is left alone.
 */

const VIEW = ["z", "c"];
const TERRITORY = ["street", "community"];
const DONE = "wanggeKeepsView";
const BRIEFING = /\/export\/brief\/(view|hotspots|coverage|plan|compare|staff)\./;
const WHOLE = "whole";
const BASE_ROOT_PX = 14;

export default function () {
  if (window[DONE]) return;
  window[DONE] = true;
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, address) => push(state, title, withView(address));
  for (const type of ["click", "auxclick", "contextmenu"]) {
    document.addEventListener(type, tellView, { capture: true });
  }
}

/** Tell a link to a briefing where the map looks now. */
function tellView({ target }) {
  const link = target.closest?.("a[href]");
  if (!link || !BRIEFING.test(link.href)) return;
  const [there, here] = [new URL(link.href), new URL(window.location.href).searchParams];
  if (there.searchParams.get("z") === WHOLE) return;
  for (const key of VIEW) {
    if (here.has(key)) there.searchParams.set(key, here.get(key));
  }
  const size = mapSize();
  if (size) there.searchParams.set("s", size);
  link.href = there.href;
}

/** Size of the map as a small screen would have it, such as `900x600`; empty where there is none. */
function mapSize() {
  const frame = document.querySelector(".st-key-map iframe, .st-key-draw_map iframe");
  if (!frame) return "";
  const k = parseFloat(getComputedStyle(document.documentElement).fontSize) / BASE_ROOT_PX || 1;
  return [frame.clientWidth, frame.clientHeight].map((side) => Math.round(side / k)).join("x");
}

function withView(address) {
  if (!address) return address;
  const [before, after] = [new URL(window.location.href), new URL(address, window.location.href)];
  const moved = TERRITORY.some((key) => before.searchParams.get(key) !== after.searchParams.get(key));
  if (moved || before.pathname !== after.pathname) return address;
  const missing = VIEW.filter((key) => before.searchParams.has(key) && !after.searchParams.has(key));
  // Written by hand: searchParams would encode the comma.
  const view = missing.map((key) => `${key}=${before.searchParams.get(key)}`);
  const query = [after.search.slice(1), ...view].filter(Boolean).join("&");
  return `${after.pathname}${query ? `?${query}` : ""}${after.hash}`;
}
