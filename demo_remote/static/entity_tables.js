// The tables of entities. Rows are kept and changed in place: an input keeps focus and text.

import { element, fill, fillTime, label } from "./cells.js";
import { isUnsaved, remoteFieldCell, showRemoteField } from "./remote_field.js";
import { arrange, highlight } from "./rows.js";

const NAMES = ["display_name", "name", "title"];
const tables = new Map();

export function showCollection(collection) {
  if (!tables.has(collection.name)) tables.set(collection.name, newTable(collection));
  const table = tables.get(collection.name);
  table.count.textContent = collection.count;
  addColumns(table, collection);
  const ordered = collection.items.map((item) => showItem(table, collection, item));
  const unsaved = [...table.rows.values()].filter((row) => isUnsaved(row.remote));
  arrange(table.body, ordered, new Set(unsaved.map((row) => row.tr)));
  for (const [key, row] of table.rows) if (!row.tr.isConnected) table.rows.delete(key);
  table.none.hidden = ordered.length > 0;
  table.started = true;
}

function newTable(collection) {
  const id = `${collection.name}-title`;
  const section = element("section", {
    "data-collection": collection.name,
    "aria-labelledby": id,
  });
  const top = element("div", { class: "heading" });
  const title = element("h2", { id }, collection.name[0].toUpperCase() + collection.name.slice(1));
  const count = element("b", { "data-count": "" });
  const counted = element("p");
  counted.append(count, " in all, the 50 changed last shown");
  top.append(title, counted);

  const head = element("tr");
  const remoteHead = heading(collection.remote_field);
  head.append(heading("id"), heading(collection.key_field), remoteHead);
  head.append(heading("changed_at"), heading("sequence"));
  const thead = element("thead");
  thead.append(head);

  const body = element("tbody");
  const table = element("table");
  table.append(thead, body);
  const scroll = element("div", {
    class: "scroll", tabindex: "0", role: "region", "aria-labelledby": id,
  });
  scroll.append(table);
  const none = element("p", {}, "None yet.");
  section.append(top, none, scroll);
  document.querySelector("#collections").append(section);
  return {
    body, count, head, remoteHead, none, names: [], others: [], rows: new Map(), started: false,
  };
}

// Names stand before the remote's own field, all else at the end: with many fields that field
// stays in sight. Columns only ever come in: moving a cell would end its focus.
function addColumns(table, collection) {
  const own = [collection.key_field, collection.remote_field];
  const seen = new Set(collection.items.flatMap((item) => Object.keys(item.fields)));
  const known = [...own, ...table.names, ...table.others];
  for (const field of [...seen].filter((name) => !known.includes(name))) {
    const isName = NAMES.includes(field);
    (isName ? table.names : table.others).push(field);
    table.head.insertBefore(heading(field), isName ? table.remoteHead : null);
    for (const row of table.rows.values()) {
      row.tr.insertBefore(emptyCell(field), isName ? row.remote : null);
    }
  }
}

function heading(field) {
  return element("th", { "data-field": field }, label(field));
}

function emptyCell(field) {
  return element("td", { "data-field": field });
}

function showItem(table, collection, item) {
  let row = table.rows.get(item.key);
  if (!row) {
    row = newRow(table, collection, item.key);
    table.rows.set(item.key, row);
  }
  const values = { ...item.fields, id: item.id, sequence: item.sequence };
  for (const cell of row.tr.cells) {
    const field = cell.dataset.field;
    if (cell === row.remote) showRemoteField(cell, String(item.fields[field]));
    else if (cell === row.changedAt) fillTime(cell, item.changed_at);
    else fill(cell, values[field]);
  }
  if (table.started && row.tr.dataset.changedAt !== item.changed_at) highlight(row.tr);
  row.tr.dataset.changedAt = item.changed_at;
  return row.tr;
}

function newRow(table, collection, key) {
  const tr = element("tr", { "data-key": key });
  const remote = remoteFieldCell(collection, key);
  const changedAt = emptyCell("changed_at");
  const names = [collection.key_field, ...table.names].map(emptyCell);
  const others = ["sequence", ...table.others].map(emptyCell);
  tr.append(emptyCell("id"), ...names, remote, changedAt, ...others);
  return { tr, remote, changedAt };
}
