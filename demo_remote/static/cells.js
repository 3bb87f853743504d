// Table cells. Every value becomes text, never HTML.

export function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== "") made.textContent = text;
  return made;
}

export function label(field) {
  return field.replaceAll("_", " ");
}

function text(value) {
  if (value === undefined) return "";
  if (value === null) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// A nested object shows its values in spans named like "address.city".
export function fill(cell, value) {
  const shown = JSON.stringify(value) ?? "";
  if (cell.dataset.shown === shown) return;
  cell.dataset.shown = shown;
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const given = Object.entries(value).filter(([, inner]) => inner !== null && inner !== "");
    cell.replaceChildren(
      ...given.map(([name, inner]) =>
        element("span", { "data-field": `${cell.dataset.field}.${name}` }, text(inner)),
      ),
    );
  } else {
    cell.textContent = text(value);
  }
  cell.title = cell.textContent;
}

export function fillTime(cell, iso) {
  if (cell.dataset.shown === iso) return;
  cell.dataset.shown = iso;
  const at = new Date(iso);
  const time = element("time", { datetime: iso }, at.toLocaleTimeString());
  cell.title = at.toLocaleString();
  cell.replaceChildren(time);
}
