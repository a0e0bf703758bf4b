/** The parts of a score: bars from a middle line, and their sum below. */

export default function ({ data, parentElement }) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  [data.head[0], data.head[1], data.head[2], "", data.head[3]].forEach((text) => {
    const cell = element("th", "", text);
    cell.scope = "col";
    head.append(cell);
  });
  const body = table.createTBody();
  data.parts.forEach((part) => body.append(makeRow(part, data)));
  const sum = table.createTFoot().insertRow();
  const name = element("td", "", data.total[0]);
  name.colSpan = 4;
  sum.append(name, element("td", "number", data.total[1]));
  parentElement.querySelector(".part").replaceChildren(table);
}

function makeRow(part, data) {
  const line = element("tr");
  line.append(element("td", "cut", part.label), element("td", "number", part.value));
  line.append(element("td", "number muted", part.weight), makeTrack(part, data));
  line.append(element("td", "number", part.text));
  line.cells[0].title = part.label;
  return line;
}

function makeTrack(part, data) {
  const box = element("td", "track-box");
  const track = element("span", "track");
  const length = Math.abs(part.part) / data.max / 2;
  const bar = part.part >= 0 ? stretch("bar", 0.5, 0.5 + length) : stretch("bar", 0.5 - length, 0.5);
  bar.style.background = data.colors[part.part >= 0 ? 0 : 1];
  track.append(bar, element("span", "middle"));
  box.append(track);
  return box;
}
