/** Sizes: everything on the map grows with the page's root font size. */

const BASE_ROOT_PX = 14;

/** A wall is read from across the room: where the page has 16 px, the smallest text has 18 px. */
const WALL = 1.5;

/** Smaller than this the page's root font is only on a wall that is looked at in a small window. */
const LEAST_PX = 12;

/** Root font size of the page around us, px; the rule of the page if we cannot read it. */
function pageRootPx(wall) {
  try {
    const outer = window.parent;
    const size = parseFloat(outer.getComputedStyle(outer.document.documentElement).fontSize);
    if (size >= LEAST_PX || (wall && size > 0)) return size;
    return Math.max(BASE_ROOT_PX, outer.innerWidth / 120);
  } catch {
    return Math.max(BASE_ROOT_PX, window.innerWidth / 80);
  }
}

/**
 * Give the frame the page's root font size.
 *
 * @param {boolean} wall whether the map hangs on a wall
 * @returns {number} its ratio to 14 px
 */
export function adoptRootSize(wall = false) {
  const rootPx = pageRootPx(wall) * (wall ? WALL : 1);
  // streamlit-folium writes an inline font size on its page, hence the priority.
  document.documentElement.style.setProperty("font-size", `${rootPx}px`, "important");
  return rootPx / BASE_ROOT_PX;
}
