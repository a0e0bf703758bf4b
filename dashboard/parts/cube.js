/** The strip of one area through time: bars by count, coloured by how sure they are hot or cold. */

const MOST_NAMES = 14;

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  const held = part.contains(parentElement.activeElement);
  const box = element("div", "cube");
  const bins = element("div", "bins");
  bins.setAttribute("role", "radiogroup");
  bins.setAttribute("aria-label", data.words.strip);
  const top = Math.max(...data.bins.map((bin) => bin.value)) || 1;
  bins.append(...data.bins.map((bin) => makeBin(bin, top, data)));
  // One of them can be reached by Tab, also before any is chosen.
  (bins.querySelector("[aria-checked=true]") ?? bins.lastElementChild)?.setAttribute("tabindex", "0");
  bins.addEventListener("click", (event) => {
    const bin = event.target.closest(".bin");
    if (bin) setTriggerValue("pick", bin.dataset.key);
  });
  bins.addEventListener("keydown", (event) => step(bins, event));
  box.append(bins, makeEnds(data.bins));
  part.replaceChildren(box);
  if (held) bins.querySelector("[tabindex='0']")?.focus();
}

function makeBin(bin, top, data) {
  const checked = bin.key === data.selected;
  const button = element("button", "bin");
  button.dataset.key = bin.key;
  button.title = bin.help || bin.label;
  button.tabIndex = -1;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(checked));
  button.setAttribute("aria-label", bin.help || bin.label);
  button.classList.toggle("sure", bin.level !== 0);
  button.classList.toggle("cold", bin.level < 0);
  if (bin.level) button.style.setProperty("--fill", colorOf(bin.level, data));
  const rod = element("span", "rod");
  rod.style.height = `${(bin.value / top) * 100}%`;
  // A bin without tickets may be hot or cold all the same: its foot says so.
  const foot = element("span", "foot");
  const stage = element("span", "stage");
  stage.append(rod);
  if (data.bins.length <= MOST_NAMES) stage.append(makeFigure(bin, top));
  button.append(stage, foot);
  return button;
}

function makeFigure(bin, top) {
  const figure = element("span", "figure", String(bin.value));
  figure.style.bottom = `calc(${(bin.value / top) * 100}% + 1px)`;
  return figure;
}

/** Colours stand in order of how sure they are, the surest first. */
const colorOf = (level, { hot, cold }) => (level > 0 ? hot : cold)[3 - Math.min(3, Math.abs(level))];

function makeEnds(bins) {
  const ends = element("div", "ends");
  if (bins.length) ends.append(element("span", "", bins[0].label), element("span", "", bins.at(-1).label));
  return ends;
}

/** Arrow keys move and choose, as in every radio group. */
function step(bins, event) {
  const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const here = [...bins.children].indexOf(event.target.closest(".bin"));
  if (!move || here < 0) return;
  const next = bins.children[(here + move + bins.children.length) % bins.children.length];
  next.focus();
  next.click();
  event.preventDefault();
}
