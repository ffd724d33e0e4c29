const collator = new Intl.Collator("en", { numeric: true });

/** Turn the buttons of a table's head into sorters; `apply` gets column number, direction and kind. */
function onSort(table, apply) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button[data-sort]");
    if (!button) return;
    button.addEventListener("click", () => {
      const numeric = button.dataset.sort === "number";
      const current = head.getAttribute("aria-sort");
      const descending = current ? current === "ascending" : numeric;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      apply(column, descending ? -1 : 1, numeric);
    });
  });
}

const compare = (left, right, numeric) => (numeric ? left - right : collator.compare(left, right));

/** Sort rows that stand in the page by their cells' data-value. */
function sortRows(table) {
  onSort(table, (column, direction, numeric) => {
    const value = (row) => (numeric ? Number(row.cells[column].dataset.value) : row.cells[column].dataset.value);
    const rows = [...table.tBodies[0].rows];
    rows.sort((left, right) => direction * compare(value(left), value(right), numeric));
    table.tBodies[0].append(...rows);
  });
}

/** Show the items that hold every word of the field, and, with the box ticked, only those marked as separating. */
function filterItems(id, items, textOf) {
  const field = document.querySelector(`[data-filter="${id}"]`);
  const box = document.querySelector(`[data-only="${id}"]`);
  if (!field) return;
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items()) {
      const text = textOf(item).toLowerCase();
      item.hidden = !words.every((word) => text.includes(word)) || Boolean(box?.checked && !("separates" in item.dataset));
    }
  };
  field.addEventListener("input", apply);
  box?.addEventListener("change", apply);
  apply();
}

for (const id of ["board", "rates", "flaky", "lines"]) {
  const table = document.getElementById(id);
  if (table) {
    sortRows(table);
    filterItems(id, () => table.tBodies[0].rows, (row) => row.cells[0].textContent);
  }
}
filterItems("flips", () => document.querySelectorAll("#flips > details"), (node) => node.querySelector("summary").textContent);
