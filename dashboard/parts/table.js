/** Areas × indicators: sortable by every column, one row can be chosen. Sorting stays in the browser. */

const sortedBy = new Map();

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  const draw = () => part.replaceChildren(scroller(makeTable(data, choose, sort)));
  const choose = (id) => setTriggerValue("pick", id);
  const sort = (column) => {
    const before = sortedBy.get(data.name) ?? data.sort;
    const descending = before.column === column ? !before.descending : column > 0;
    sortedBy.set(data.name, { column, descending });
    draw();
  };
  draw();
}

function scroller(table) {
  const box = document.createElement("div");
  box.className = "scroller";
  box.append(table);
  return box;
}

function makeTable(data, choose, sort) {
  const order = sortedBy.get(data.name) ?? data.sort;
  const table = document.createElement("table");
  table.style.setProperty("--name", `${data.name_rem}rem`);
  const head = table.createTHead().insertRow();
  data.columns.forEach((column, index) => head.append(makeHead(column, index, order, sort)));
  const body = table.createTBody();
  const tops = data.columns.map((_, c) => Math.max(...data.rows.map((row) => row.cells[c].value ?? 0), 0));
  ordered(data.rows, order).forEach((row) => body.append(makeRow(row, data, tops, choose)));
  return table;
}

/** Missing values go last whichever way the column is sorted; by no column, rows stay as they came. */
function ordered(rows, { column, descending }) {
  if (column < 0) return rows;
  const sign = descending ? -1 : 1;
  const key = (row) => row.cells[column].value ?? null;
  return [...rows].sort((a, b) => {
    if (column === 0) return sign * a.cells[0].text.localeCompare(b.cells[0].text);
    if (key(a) === null || key(b) === null) return (key(a) === null) - (key(b) === null);
    return sign * (key(a) - key(b));
  });
}

function makeHead(column, index, order, sort) {
  const cell = document.createElement("th");
  cell.scope = "col";
  if (index === order.column) cell.setAttribute("aria-sort", order.descending ? "descending" : "ascending");
  const button = document.createElement("button");
  button.textContent = column.label;
  button.title = column.help;
  button.addEventListener("click", () => sort(index));
  cell.append(button);
  return cell;
}

function makeRow(row, data, tops, choose) {
  const line = document.createElement("tr");
  line.tabIndex = 0;
  line.setAttribute("aria-selected", String(row.id === data.selected));
  row.cells.forEach((cell, column) => line.append(makeCell(cell, data.columns[column].bar, tops[column])));
  line.addEventListener("click", () => choose(row.id));
  line.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") choose(row.id);
  });
  return line;
}

function makeCell(cell, withBar, top) {
  const box = document.createElement("td");
  if (withBar) {
    const bar = document.createElement("span");
    bar.className = "bar";
    const fill = document.createElement("i");
    fill.style.width = `${top > 0 && cell.value !== null ? (cell.value / top) * 100 : 0}%`;
    bar.append(fill);
    box.append(bar);
    box.className = "with-bar";
  }
  const text = document.createElement("span");
  text.className = `number ${cell.tone || ""}`;
  text.textContent = cell.text;
  box.append(text);
  return box;
}
