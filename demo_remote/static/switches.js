// The fault switches: every change is sent at once, the whole state each time.

import { putJson } from "./put_json.js";

const form = document.querySelector("#switches");
const problem = document.querySelector("#switches-problem");
const controls = [...form.querySelectorAll("input")];

// Counts the states sent: a poll that began before the last of them shows an older state.
let sent = 0;
let sending = Promise.resolve();
let waiting = 0;

export function generation() {
  return sent;
}

export function showFaults(faults, asOf) {
  if (asOf !== sent || waiting) return;
  for (const control of controls) {
    if (control.type === "checkbox") control.checked = faults[control.name];
    else if (control !== document.activeElement) control.value = faults[control.name] ?? "";
  }
}

function faultsOfForm() {
  const { slow_seconds: slow, key, times } = form.elements;
  const faults = {
    slow_seconds: Number(slow.value),
    key: key.value || null,
    times: times.value ? Number(times.value) : null,
  };
  for (const control of controls) {
    if (control.type === "checkbox") faults[control.name] = control.checked;
  }
  return faults;
}

function send(faults) {
  sent += 1;
  waiting += 1;
  // One after the other: the last change must win.
  sending = sending.then(async () => {
    const answer = await putJson("/control/faults", faults);
    problem.textContent = answer.problem;
    waiting -= 1;
    sent += 1;
  });
}

form.addEventListener("change", () => send(faultsOfForm()));
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelector("#all-off").addEventListener("click", () => {
  form.reset();
  send({});
});
