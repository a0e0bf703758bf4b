/** Copies the page's address: a link reproduces what the sender sees. */

const SAID_MS = 2000;
const ICON =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M10 8H7a4 4 0 0 0 0 8h3M14 8h3a4 4 0 0 1 0 8h-3M8.5 12h7"/></svg>';

export default function ({ data, parentElement }) {
  const button = document.createElement("button");
  button.title = data.help;
  button.innerHTML = ICON;
  const text = document.createElement("span");
  text.textContent = data.label;
  text.setAttribute("role", "status");
  button.append(text);
  button.addEventListener("click", async () => {
    text.textContent = (await copy(window.location.href)) ? data.done : data.failed;
    setTimeout(() => (text.textContent = data.label), SAID_MS);
  });
  parentElement.querySelector(".part").replaceChildren(button);
}

/** The clipboard needs a secure page; on a plain one a hidden field does it. */
async function copy(address) {
  try {
    await navigator.clipboard.writeText(address);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = address;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}
