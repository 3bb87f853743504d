// The cell whose value the remote owns: an input and a button to save it.

import { element, label } from "./cells.js";
import { putJson } from "./put_json.js";

export function remoteFieldCell(collection, key) {
  const field = collection.remote_field;
  const cell = element("td", { "data-field": field });
  const form = element("form", { autocomplete: "off" });
  const name = `${label(field)} of ${key}`;
  const input = element("input", { inputmode: "decimal", "aria-label": name });
  const problem = element("output", { class: "problem" });
  form.append(input, element("button", {}, "Save"), problem);
  cell.append(form);

  input.addEventListener("input", () => mark(cell));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    input.value = cell.dataset.value;
    problem.textContent = "";
    mark(cell);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const path = ["entities", collection.name, key].map(encodeURIComponent).join("/");
    const typed = input.value;
    const answer = await putJson(`/control/${path}`, { [field]: typed });
    problem.textContent = answer.problem;
    if (answer.problem) return;
    cell.dataset.value = answer.value[field];
    if (input.value === typed) input.value = answer.value[field];
    mark(cell);
  });
  return cell;
}

// What is being typed, or was typed and not saved, stays.
export function showRemoteField(cell, value) {
  const input = cell.querySelector("input");
  const untouched = !isUnsaved(cell) && input !== document.activeElement;
  cell.dataset.value = value;
  if (untouched) input.value = value;
  mark(cell);
}

export function isUnsaved(cell) {
  return cell.dataset.value !== undefined && cell.querySelector("input").value !== cell.dataset.value;
}

function mark(cell) {
  cell.querySelector("form").classList.toggle("unsaved", isUnsaved(cell));
}
