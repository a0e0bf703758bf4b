/** Areas by rank: a bar each, over the norm's band where there is a norm. One radio group. */

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  part.style.setProperty("--name", `${data.name_rem}rem`);
  const list = document.createElement("div");
  list.setAttribute("role", "radiogroup");
  list.setAttribute("aria-label", data.head[0]);
  // The Tab key reaches one row: the chosen one, or the first where the chosen is none of them.
  const entry = data.rows.find((row) => row.id === data.selected) ?? data.rows[0];
  data.rows.forEach((row) => list.append(makeRow(row, data, row === entry)));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) setTriggerValue("pick", button.dataset.id);
  });
  list.addEventListener("keydown", (event) => walk(list, event));
  part.replaceChildren(makeHead(data), list);
}

function makeHead(data) {
  const head = element("div", "head");
  const scale = element("span", "scale");
  const mark = element("span", "mark", data.head[1]);
  if (data.band) {
    const middle = (data.band[0] + data.band[1]) / 2 / data.max;
    mark.classList.toggle("start", middle < 0.2);
    mark.style.left = middle < 0.2 ? "0" : `${middle * 100}%`;
  } else {
    mark.classList.add("start");
  }
  scale.append(mark);
  head.append(element("span", "cut", data.head[0]), scale);
  head.append(element("span", "end", data.head[2]), element("span", "end", data.head[3]));
  return head;
}

function makeRow(row, data, isEntry) {
  const button = element("button", "row");
  button.dataset.id = row.id;
  button.title = row.name;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(row.id === data.selected));
  button.tabIndex = isEntry ? 0 : -1;
  const track = element("span", "track");
  if (data.band) track.append(stretch("band", data.band[0] / data.max, data.band[1] / data.max));
  if (row.value !== null) {
    const bar = stretch("bar", 0, Math.min(row.value / data.max, 1));
    bar.style.background = row.color;
    track.append(bar);
  }
  button.append(element("span", "cut", row.name), track);
  button.append(element("span", "end number", row.text), element("span", `end ${row.tone || "muted"}`, row.aside));
  return button;
}
