/** Dwellings by state: one bar cut in four, and what each part is. Vacant is hatched as on the map. */

export default function ({ data, parentElement }) {
  const bars = document.createElement("div");
  bars.className = "bars";
  bars.setAttribute("role", "img");
  bars.setAttribute("aria-label", data.parts.map((part) => `${part.label} ${part.text}`).join(", "));
  const keys = document.createElement("div");
  keys.className = "keys";
  for (const part of data.parts) {
    if (part.value > 0) bars.append(piece(part, (style) => (style.flex = part.value)));
    const entry = document.createElement("span");
    const number = document.createElement("b");
    number.textContent = part.text;
    entry.append(piece(part), `${part.label} `, number, ` ${part.share}`);
    keys.append(entry);
  }
  parentElement.querySelector(".part").replaceChildren(bars, keys);
}

function piece(part, size = () => {}) {
  const made = document.createElement("i");
  made.style.backgroundColor = part.color;
  made.classList.toggle("hatched", part.hatched);
  size(made.style);
  return made;
}
