// Success Tracker: rows that open in place, keys of a treegrid, moves by keyboard, fresh rows.

const box = document.getElementById("tracker");
const table = box?.querySelector("table[role=treegrid]");
const panel = () => document.getElementById("panel");

const rows = () => [...table.querySelectorAll("tbody > tr")];
const level = (row) => Number(row.getAttribute("aria-level"));
const isOpen = (row) => row.getAttribute("aria-expanded") === "true";

function below(row) {
  const found = [];
  for (let next = row.nextElementSibling; next && level(next) > level(row); next = next.nextElementSibling) {
    found.push(next);
  }
  return found;
}

function parent(row) {
  let above = row.previousElementSibling;
  while (above && level(above) >= level(row)) above = above.previousElementSibling;
  return above;
}

function focusRow(row) {
  if (!row) return;
  table.querySelector("tbody > tr[tabindex='0']")?.setAttribute("tabindex", "-1");
  row.setAttribute("tabindex", "0");
  row.focus();
}

function rove() {
  if (!table.querySelector("tbody > tr[tabindex='0']")) rows()[0]?.setAttribute("tabindex", "0");
}

// The address always says what is open, so that Back, Refresh and a copied link show the same.
function remember(change) {
  const url = new URL(location.href);
  change(url.searchParams);
  history.replaceState(history.state, "", url.href.replaceAll("%2C", ","));
}

function rememberOpen() {
  const open = rows().filter(isOpen).map((row) => row.id);
  remember((query) => {
    query.delete("q");
    query.set("expand", open.join(",") || "none");
  });
}

async function expand(row) {
  if (!row.dataset.rows || isOpen(row) || row.getAttribute("aria-busy") === "true") return;
  row.setAttribute("aria-busy", "true");
  try {
    await htmx.ajax("GET", row.dataset.rows, { source: row, target: row, swap: "afterend" });
  } finally {
    row.removeAttribute("aria-busy");
  }
  if (below(row).length) {
    row.setAttribute("aria-expanded", "true");
    rememberOpen();
  }
}

function collapse(row) {
  if (below(row).includes(document.activeElement?.closest("tr"))) focusRow(row);
  below(row).forEach((child) => child.remove());
  row.setAttribute("aria-expanded", "false");
  rememberOpen();
}

const toggle = (row) => (isOpen(row) ? collapse(row) : expand(row));

let opener = null;

async function openPanel(row) {
  const link = row.querySelector("a.trk-label");
  if (!link) return;
  opener = row.id;
  mark(row.id);
  await htmx.ajax("GET", link.getAttribute("href"), { source: row, target: "#panel", swap: "outerHTML" });
  remember((query) => query.set("open", row.id));
  panel()?.querySelector("h2, h3, [autofocus]")?.closest("[tabindex]")?.focus();
}

function mark(id) {
  table.querySelector("tr[aria-selected]")?.removeAttribute("aria-selected");
  if (id) document.getElementById(id)?.setAttribute("aria-selected", "true");
}

function panelClosed() {
  mark(null);
  remember((query) => query.delete("open"));
  const row = opener && document.getElementById(opener);
  opener = null;
  if (row) focusRow(row);
}

async function move(row, by, edge, scale = box.dataset.scale) {
  if (!row.dataset.dates || row.getAttribute("aria-busy") === "true") return;
  row.setAttribute("aria-busy", "true");
  const { start, end, dates } = row.dataset;
  try {
    await htmx.ajax("POST", dates, {
      source: row,
      target: row,
      swap: "none",
      values: { scale, by, edge, start, end },
    });
  } finally {
    row.removeAttribute("aria-busy");
  }
}

// A change shows in the record's own row and in those above it, sometimes in those below it too:
// fetch them, keep what is open.
async function refresh({ kind, id, below: reaches }) {
  // What was noted about a record is no row of the tree.
  if (kind === "activity") return;
  const address = new URL(box.dataset.changed, location.href);
  address.searchParams.set("kind", kind);
  address.searchParams.set("id", id);
  const own = document.getElementById(`${kind}-${id}`);
  if (reaches && own) {
    const open = [own, ...below(own)].filter(isOpen).map((row) => row.id);
    address.searchParams.set("below", open.join(","));
  }
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  for (const row of [...fresh.content.children]) {
    const old = document.getElementById(row.id);
    if (!old) continue;
    const focused = old === document.activeElement;
    for (const name of ["tabindex", "aria-selected"]) {
      if (old.hasAttribute(name)) row.setAttribute(name, old.getAttribute(name));
    }
    if (row.dataset.rows && isOpen(old)) row.setAttribute("aria-expanded", "true");
    old.replaceWith(row);
    htmx.process(row);
    if (focused) row.focus();
  }
}

const KEYS = {
  ArrowDown: (row) => focusRow(row.nextElementSibling),
  ArrowUp: (row) => focusRow(row.previousElementSibling),
  Home: () => focusRow(rows()[0]),
  End: () => focusRow(rows().at(-1)),
  ArrowRight: (row) => (isOpen(row) ? focusRow(row.nextElementSibling) : expand(row)),
  ArrowLeft: (row) => (isOpen(row) ? collapse(row) : focusRow(parent(row))),
  Enter: (row) => (row.matches(".trk-more") ? row.querySelector("a").click() : openPanel(row)),
  "+": (row) => row.querySelector("a.trk-add")?.click(),
};

function onKey(event) {
  const row = event.target.closest("tbody > tr");
  if (!row || event.target !== row || event.ctrlKey || event.metaKey) return;
  if (event.altKey) {
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const begins = event.shiftKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!along && !begins) return;
    event.preventDefault();
    if (begins) move(row, begins, "start");
    else move(row, along, event.shiftKey ? "end" : "both");
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act(row);
}

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const row = event.target.closest("tbody > tr.trk-row");
  if (!row) return;
  const link = event.target.closest("a");
  if (link?.matches(".trk-add")) return;
  event.preventDefault();
  focusRow(row);
  if (link?.matches(".trk-toggle")) toggle(row);
  else if (row.querySelector("a.trk-label")) openPanel(row);
  else toggle(row);
}

// Links and forms that redraw the page keep what was opened since it was drawn.
function keepOpen(address) {
  const url = new URL(address, location.href);
  const here = new URLSearchParams(location.search);
  for (const name of ["expand", "open"]) {
    if (here.has(name)) url.searchParams.set(name, here.get(name));
  }
  return url.href.replaceAll("%2C", ",");
}

if (box) {
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-keep]");
    if (link) link.href = keepOpen(link.href);
  });
  box.querySelector(".trk-scale-form")?.addEventListener("submit", (event) => {
    event.target.action = keepOpen(event.target.action);
  });
}

if (table) {
  rove();
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody > tr");
    if (row && event.target === row) {
      table.querySelector("tbody > tr[tabindex='0']")?.setAttribute("tabindex", "-1");
      row.setAttribute("tabindex", "0");
    }
  });
  table.addEventListener("htmx:afterSwap", rove);
  // A bar that the mouse moved by days; it stands back when the answer is a refusal.
  table.addEventListener("bar-moved", ({ detail: { row, by, edge, done } }) => {
    focusRow(row);
    move(row, by, edge, "days").catch(() => {}).finally(done);
  });
  document.body.addEventListener("record-changed", (event) => refresh(event.detail));
  document.addEventListener("panel-closed", panelClosed);
  const open = new URLSearchParams(location.search).get("open");
  if (open) {
    opener = open;
    mark(open);
  }
}
