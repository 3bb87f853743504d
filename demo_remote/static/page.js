// Fetches the remote's state every second while the tab is visible, and shows it.

import { showLedger } from "./ledger.js";
import { generation, showFaults } from "./switches.js";
import { showCollection } from "./entity_tables.js";

const POLL_MILLISECONDS = 1000;
const status = document.querySelector("#status");
let timer;

async function fetchState() {
  const response = await fetch("/control/state", {
    cache: "no-store",
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

function tell(name, text) {
  // Only on a change, so that a screen reader does not repeat it every second.
  if (status.dataset.status === name) return;
  status.dataset.status = name;
  status.textContent = text;
}

async function poll() {
  clearTimeout(timer);
  const asOf = generation();
  let state;
  try {
    state = await fetchState();
  } catch {
    tell("unreachable", "not reachable");
  }
  if (state) {
    tell("live", "live");
    showFaults(state.faults, asOf);
    state.collections.forEach(showCollection);
    showLedger(state.ledger, state.applied);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, POLL_MILLISECONDS);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else poll();
});

poll();
