// Rows in the order of their position: dragged by a handle, or moved with the arrow keys on it.
// The number field stays the truth: it is what is saved, and it works without this module.

const STEP = 10;
const NUMBER = 'input[type="number"][name$="-position"]';

const tables = () => [...document.querySelectorAll("[data-order] table, .inline-group table")]
  .filter((table) => table.querySelector(NUMBER) && !table.parentElement.closest("[data-order] table"));

// The rows that can be moved: not the empty one that Django copies, and those to be removed last.
const rowsOf = (table) => [...table.querySelectorAll("tbody tr")]
  .filter((row) => row.querySelector(NUMBER) && !row.classList.contains("empty-form"));

const isBlank = (row) => row.classList.contains("last-related") && !row.classList.contains("has_original")
  && [...row.querySelectorAll("input[type=text], select")].every((box) => !box.value);

let live;
function say(text) {
  if (!live) {
    live = document.createElement("p");
    live.className = "order-said";
    live.setAttribute("role", "status");
    (document.querySelector("[data-order-hint]") || document.querySelector(".submit-row") || document.body).append(live);
  }
  live.textContent = text;
}

function renumber(table, row) {
  rowsOf(table).forEach((one, at) => {
    const box = one.querySelector(NUMBER);
    if (isBlank(one)) return;
    box.value = String((at + 1) * STEP);
    one.classList.toggle("row1", at % 2 === 0);
    one.classList.toggle("row2", at % 2 === 1);
  });
  const place = rowsOf(table).indexOf(row) + 1;
  say(`Moved to place ${place}. The new order counts once you save.`);
}

function move(table, row, by) {
  const rows = rowsOf(table);
  const at = rows.indexOf(row);
  const target = rows[at + by];
  if (!target) return;
  target[by < 0 ? "before" : "after"](row);
  renumber(table, row);
}

function drag(table, row, handle, event) {
  if (event.button) return;
  event.preventDefault();
  handle.focus();
  row.classList.add("order-moving");
  let moved = false;
  // On the document: a handle that is moved with its row would lose the pointer.
  const follow = (to) => {
    const over = rowsOf(table).find((one) => {
      const box = one.getBoundingClientRect();
      return one !== row && to.clientY > box.top && to.clientY < box.bottom;
    });
    if (!over) return;
    const box = over.getBoundingClientRect();
    const before = to.clientY < box.top + box.height / 2;
    if ((before ? over.previousElementSibling : over.nextElementSibling) === row) return;
    over[before ? "before" : "after"](row);
    moved = true;
  };
  const end = () => {
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    row.classList.remove("order-moving");
    if (!moved) return;
    renumber(table, row);
    handle.focus();
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

function equip(table, row) {
  const box = row.querySelector(NUMBER);
  if (!box || box.previousElementSibling?.classList.contains("order-handle")) return;
  const handle = document.createElement("button");
  handle.type = "button";
  handle.className = "order-handle";
  handle.textContent = "⠿";
  const chosen = row.querySelector("td.field-name select")?.selectedOptions[0]?.textContent;
  const name = row.querySelector("th a")?.textContent.trim() || chosen || row.querySelector("input[type=text]")?.value;
  handle.setAttribute("aria-label", `Move ${name || "this row"}: drag, or press the arrow keys`);
  handle.title = "Drag, or press the arrow keys";
  box.before(handle);
  handle.addEventListener("pointerdown", (event) => drag(table, row, handle, event));
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(table, row, by);
    handle.focus();
  });
}

// The column of the handles' rows has a name for who cannot see it.
function name(table) {
  const head = table.querySelector("th.original:empty");
  if (!head) return;
  const text = document.createElement("span");
  text.className = "visually-hidden";
  text.textContent = "Row";
  head.append(text);
}

function begin() {
  document.querySelectorAll(".inline-group table").forEach(name);
  tables().forEach((table) => rowsOf(table).forEach((row) => equip(table, row)));
}

// A row that was added stands last.
document.addEventListener("formset:added", ({ target }) => {
  const table = target.closest("table");
  const box = target.querySelector(NUMBER);
  if (!table || !box) return;
  const most = Math.max(0, ...rowsOf(table).filter((row) => row !== target).map((row) => Number(row.querySelector(NUMBER).value) || 0));
  box.value = String(most + STEP);
  target.querySelectorAll(".order-handle").forEach((old) => old.remove());
  equip(table, target);
});

begin();
