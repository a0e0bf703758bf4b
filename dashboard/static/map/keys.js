/** Keys pressed inside our frame never reach the page; hand them on. And the other way round. */

/** Keys Leaflet itself answers (pan, zoom): the page must not act on them too. */
const OURS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "+", "-", "=", "_", "Tab"]);

const MODIFIERS = ["ctrlKey", "metaKey", "shiftKey", "altKey"];

/** Where letters are letters. */
const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=dialog]";

/** Document of the page around us, or null where there is none that we may touch. */
function pageDocument() {
  try {
    const { document: page } = window.parent;
    return page === document ? null : page;
  } catch {
    return null; // A page of another origin does not want our keys.
  }
}

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
  const page = pageDocument();
  (page?.body ?? page)?.dispatchEvent(copy);
}

export function forwardKeys() {
  document.addEventListener("keydown", handOn);
  document.addEventListener("keyup", handOn);
}

/** Is somebody typing, here or within a part with a tree of its own? */
const isTyping = (event) => Boolean(event.composedPath()[0]?.closest?.(TYPING));

/**
 * Offer every key to the map first, whether it is pressed in its frame or on the page around it.
 *
 * @param {(event: KeyboardEvent) => boolean} answer true if the key is meant for nobody else
 */
export function listenForKeys(answer) {
  const gone = new AbortController();
  const offer = (event) => {
    if (isTyping(event) || !answer(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const place of [document, pageDocument()]) {
    for (const type of ["keydown", "keyup"]) {
      place?.addEventListener(type, offer, { capture: true, signal: gone.signal });
    }
  }
  // The page outlives our frame.
  window.addEventListener("pagehide", () => gone.abort(), { once: true });
}
