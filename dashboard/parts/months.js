/** Twelve months as bars over last year's level; one can be chosen. */

export default function ({ data, parentElement, setTriggerValue }) {
  const chart = element("div", "months");
  const key = element("div", "key");
  data.names.forEach((name) => key.append(element("span", "", name)));
  const columns = element("div", "columns");
  columns.setAttribute("role", "radiogroup");
  const top = Math.max(...data.months.flatMap((month) => [month.value ?? 0, month.before ?? 0])) || 1;
  data.months.forEach((month) => columns.append(makeMonth(month, top, month.key === data.selected)));
  columns.addEventListener("click", (event) => {
    const month = event.target.closest(".month");
    if (month) setTriggerValue("pick", month.dataset.key);
  });
  columns.addEventListener("keydown", (event) => step(columns, event));
  chart.append(key, columns);
  parentElement.querySelector(".part").replaceChildren(chart);
}

function makeMonth(month, top, checked) {
  const button = element("button", "month");
  button.dataset.key = month.key;
  button.title = month.help;
  button.tabIndex = checked ? 0 : -1;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(checked));
  const stage = element("span", "stage");
  const height = (value) => `${(value / top) * 82}%`;
  if (month.mark) stage.append(element("span", "flag", month.mark));
  if (month.value !== null) {
    const rod = element("span", month.partial ? "rod partial" : "rod");
    rod.style.height = height(month.value);
    stage.append(rod);
  }
  if (month.before !== null) {
    const tick = element("span", "tick");
    tick.style.bottom = height(month.before);
    stage.append(tick);
  }
  const figure = element("span", "figure", month.text);
  figure.style.bottom = `calc(${height(Math.max(month.value ?? 0, month.before ?? 0))} + 3px)`;
  stage.append(figure);
  button.append(stage, element("span", "name", month.label));
  return button;
}

/** Arrow keys move and choose, as in every radio group. */
function step(columns, event) {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const here = [...columns.children].indexOf(event.target);
  if (!move || here < 0) return;
  const next = columns.children[(here + move + columns.children.length) % columns.children.length];
  next.focus();
  next.click();
  event.preventDefault();
}
