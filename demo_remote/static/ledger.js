// The ledger's table. Its rows never change, they only come.

import { element, fill, fillTime } from "./cells.js";
import { arrange, highlight } from "./rows.js";

const FIELDS = [
  "position", "at", "operation", "collection", "key", "sequence", "idempotency_key", "body",
];
const applied = document.querySelector("#applied");
const body = document.querySelector("#ledger tbody");
const rows = new Map();
let started = false;

export function showLedger(effects, count) {
  applied.textContent = count;
  const ordered = effects.map((effect) => {
    if (!rows.has(effect.position)) rows.set(effect.position, newRow(effect));
    return rows.get(effect.position);
  });
  arrange(body, ordered);
  for (const [position, row] of rows) if (!row.isConnected) rows.delete(position);
  started = true;
}

function newRow(effect) {
  const row = element("tr", { "data-position": effect.position });
  for (const field of FIELDS) {
    const cell = element("td", { "data-field": field });
    if (field === "at") fillTime(cell, effect.at);
    else fill(cell, effect[field]);
    row.append(cell);
  }
  if (started) highlight(row);
  return row;
}
