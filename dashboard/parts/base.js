/* What parts share; it stands behind the script of each. */

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Make a piece of a track, from and to in shares of its width. */
function stretch(className, from, to) {
  const piece = element("span", className);
  piece.style.left = `${from * 100}%`;
  piece.style.width = `${Math.max(to - from, 0) * 100}%`;
  return piece;
}

/** Arrow keys walk through the rows; Enter or Space chooses (the button's own behaviour). */
function walk(list, event) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const rows = [...list.querySelectorAll(".row")];
  const here = rows.indexOf(event.target);
  if (!move || here < 0) return;
  rows[(here + move + rows.length) % rows.length].focus();
  event.preventDefault();
}
