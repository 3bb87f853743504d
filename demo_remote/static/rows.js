// Putting table rows in order, and marking the ones that just changed.

const FRESH_MILLISECONDS = 3000;
const ends = new WeakMap();

// Shows exactly the ordered rows, and those of `kept` that are shown already. The row that has
// the focus is never moved, as that would end its focus: the others are moved around it.
export function arrange(body, ordered, kept = new Set()) {
  const wanted = new Set(ordered);
  const focused = body.querySelector("tr:focus-within");
  for (const row of [...body.rows]) {
    if (!wanted.has(row) && !kept.has(row) && row !== focused) row.remove();
  }
  const shown = [...body.rows].filter((row) => wanted.has(row));
  if (shown.length === ordered.length && shown.every((row, at) => row === ordered[at])) return;
  let next = wanted.has(focused) ? focused : null;
  for (const row of ordered) {
    if (row === focused) next = null;
    else body.insertBefore(row, next);
  }
}

export function highlight(row) {
  clearTimeout(ends.get(row));
  row.classList.add("changed");
  ends.set(row, setTimeout(() => row.classList.remove("changed"), FRESH_MILLISECONDS));
}
