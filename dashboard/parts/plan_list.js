/** Grids of a draft as one radio group: choose where the next buildings go; lock what is done. */

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  part.style.setProperty("--state", `${data.state_rem}rem`);
  const list = element("div", "list");
  list.setAttribute("role", "radiogroup");
  list.setAttribute("aria-label", data.head[0]);
  // The Tab key reaches one row: the target, or the first where the target is none of them.
  const entry = data.rows.find((row) => row.id === data.target) ?? data.rows[0];
  data.rows.forEach((row) => list.append(makeRow(row, data, row === entry)));
  list.addEventListener("click", (event) => report(event, setTriggerValue));
  list.addEventListener("keydown", (event) => walk(list, event));
  part.replaceChildren(makeHead(data), list);
  requestAnimationFrame(() => reveal(list.querySelector("[aria-checked='true']")));
}

/** Bring a row into view by scrolling its own box only: `scrollIntoView` would move the page too. */
function reveal(row) {
  const box = row && scrollerOf(row);
  if (!box) return;
  const [inner, outer] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
  const head = 26;
  if (inner.top < outer.top + head) box.scrollTop -= outer.top + head - inner.top;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}

function scrollerOf(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    const overflow = at.nodeType === 1 && getComputedStyle(at).overflowY;
    if (overflow === "auto" || overflow === "scroll") return at;
  }
  return null;
}

function report(event, setTriggerValue) {
  const lock = event.target.closest(".lock");
  const row = event.target.closest(".row");
  if (lock) setTriggerValue("pick", `lock:${lock.dataset.id}`);
  else if (row) setTriggerValue("pick", `row:${row.dataset.id}`);
}

function makeHead(data) {
  const head = element("div", "line head");
  head.append(element("span", "cut", data.head[0]), element("span", "cut", data.head[1]));
  head.append(element("span", "end", data.head[2]), element("span", "end", data.head[3]), element("span"));
  return head;
}

function makeRow(row, data, isEntry) {
  const line = element("div", "line");
  const button = element("button", "row");
  button.dataset.id = row.id;
  button.title = row.name;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(row.id === data.target));
  button.tabIndex = isEntry ? 0 : -1;
  button.append(element("span", row.id === "none" ? "cut name strong" : "cut name", row.name), track(row, data));
  button.append(element("span", "end number", row.text), element("span", `end ${row.tone || "muted"}`, row.state));
  line.append(button, lockOf(row, data));
  return line;
}

function track(row, data) {
  const box = element("span", "track");
  box.append(stretch("band", data.band[0] / data.max, data.band[1] / data.max));
  const bar = stretch(row.hatched ? "bar hatched" : "bar", 0, Math.min(row.value / data.max, 1));
  bar.style.backgroundColor = row.color;
  box.append(bar);
  return box;
}

function lockOf(row, data) {
  if (row.locked === null || !data.editable) return element("span");
  const lock = element("button", row.locked ? "lock on" : "lock");
  lock.dataset.id = row.id;
  lock.title = row.locked ? data.unlock : data.lock;
  lock.setAttribute("aria-label", `${lock.title} ${row.name}`);
  lock.setAttribute("aria-pressed", String(row.locked));
  lock.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="3" y="7" width="10" height="7" rx="1.2"/>
    <path d="${row.locked ? "M5 7V5a3 3 0 0 1 6 0v2" : "M5 7V4.5a3 3 0 0 1 5.8-1"}" fill="none" stroke-width="1.6"/></svg>`;
  return lock;
}
