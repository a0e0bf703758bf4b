/** Checks, most important first: a sign and a word for the state, the reason, and the way there. */

const SIGNS = {
  incomplete: '<circle cx="8" cy="8" r="5.6" fill="none" stroke-width="1.8" stroke-dasharray="3 2.2"/>',
  violated: '<path d="M4 4l8 8M12 4l-8 8" fill="none" stroke-width="2.2"/>',
  warning: '<path d="M8 2.5 14.5 13.5H1.5Z" stroke="none"/>',
  ok: '<path d="M3 8.5l3.3 3.3L13 4.8" fill="none" stroke-width="2"/>',
  signed: '<path d="M2.5 12.5h11M4 10l6.5-6.5 2 2L6 12H4Z" fill="none" stroke-width="1.5"/>',
};

export default function ({ data, parentElement, setTriggerValue }) {
  const part = parentElement.querySelector(".part");
  if (!data.rows.length) {
    part.replaceChildren(element("div", "good", data.empty));
    return;
  }
  part.style.setProperty("--word", `${data.word_rem}rem`);
  const list = element("div", "list");
  data.rows.forEach((row) => list.append(makeRow(row, data)));
  list.addEventListener("click", (event) => {
    const row = event.target.closest("button");
    if (row) setTriggerValue("pick", row.dataset.id);
  });
  part.replaceChildren(list);
}

function makeRow(row, data) {
  const button = element("button", `check ${row.state}`);
  button.dataset.id = row.id;
  button.title = row.help || data.zoom;
  const sign = element("span", "sign");
  sign.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${SIGNS[row.state] ?? SIGNS.warning}</svg>`;
  const text = element("span", "text");
  text.append(element("b", "", row.who), element("span", "", row.text));
  button.append(sign, element("span", "word", row.word), text);
  return button;
}
