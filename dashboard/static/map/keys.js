/** Keys pressed inside our frame never reach the page; hand them on. */

/** Keys Leaflet itself answers (pan, zoom): the page must not act on them too. */
const OURS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "+", "-", "=", "_", "Tab"]);

const MODIFIERS = ["ctrlKey", "metaKey", "shiftKey", "altKey"];

function handOn(event) {
  if (OURS.has(event.key)) return;
  const modifiers = Object.fromEntries(MODIFIERS.map((name) => [name, event[name]]));
  const copy = new KeyboardEvent(event.type, {
    key: event.key,
    code: event.code,
    bubbles: true,
    cancelable: true,
    ...modifiers,
  });
  try {
    const { document: page } = window.parent;
    if (page === document) return;
    (page.body ?? page).dispatchEvent(copy);
  } catch {
    // A page of another origin does not want our keys.
  }
}

export function forwardKeys() {
  document.addEventListener("keydown", handOn);
  document.addEventListener("keyup", handOn);
}
