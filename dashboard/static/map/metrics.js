/** Sizes: everything on the map grows with the page's root font size. */

const BASE_ROOT_PX = 14;

/** Root font size of the page around us, px; the rule of the page if we cannot read it. */
function pageRootPx() {
  try {
    const outer = window.parent;
    const size = parseFloat(outer.getComputedStyle(outer.document.documentElement).fontSize);
    if (size >= 12) return size;
    return Math.max(BASE_ROOT_PX, outer.innerWidth / 120);
  } catch {
    return Math.max(BASE_ROOT_PX, window.innerWidth / 80);
  }
}

/**
 * Give the frame the page's root font size.
 *
 * @returns {number} its ratio to 14 px
 */
export function adoptRootSize() {
  const rootPx = pageRootPx();
  // streamlit-folium writes an inline font size on its page, hence the priority.
  document.documentElement.style.setProperty("font-size", `${rootPx}px`, "important");
  return rootPx / BASE_ROOT_PX;
}
