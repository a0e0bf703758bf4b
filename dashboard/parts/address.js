/**
 * Keeps the map's view in the page's address.
 *
 * The map writes `z` and `c` there by itself. Streamlit knows nothing of them and drops them when
 * the page changes another key, so they are put back, unless the page moved to another territory.
 */

const VIEW = ["z", "c"];
const TERRITORY = ["street", "community"];
const DONE = "wanggeKeepsView";

export default function () {
  if (window[DONE]) return;
  window[DONE] = true;
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, address) => push(state, title, withView(address));
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
