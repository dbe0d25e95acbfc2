// Columns as wide as a person wants them: dragged at the edge of their head, or by keyboard; kept
// on the server for each person. Any table with data-layout-url takes part, with each head that
// has a data-name; a head with data-rest takes what the others leave, at least as much as it says.

const LEAST = 48;
const MOST = 900;
const STEP = 16;

const heads = (table) => [...table.tHead.rows[0].cells];
// Rounded up: a column that is frozen cuts nothing off.
const widthOf = (head) => Math.ceil(head.getBoundingClientRect().width);
const room = (table) => Math.floor(table.parentElement.clientWidth);

// Before one column changes, all of them stand as wide as they are shown.
function freeze(table) {
  const wide = heads(table).map(widthOf);
  let group = table.querySelector("colgroup");
  if (!group || group.children.length !== wide.length) {
    group?.remove();
    group = document.createElement("colgroup");
    group.append(...wide.map(() => document.createElement("col")));
    table.prepend(group);
  }
  [...group.children].forEach((col, n) => {
    // What a narrow page does not show has no column either.
    if (!wide[n]) col.hidden = true;
    else if (heads(table)[n].dataset.rest) col.removeAttribute("width");
    else col.width = wide[n];
  });
  table.classList.add("has-widths");
  return { cols: [...group.children], wide };
}

// How wide a column can be: what takes the rest keeps its least.
function limits(table, wide, at) {
  const rest = heads(table).findIndex((head) => head.dataset.rest);
  if (rest < 0) return [LEAST, MOST];
  const others = wide.reduce((sum, width, n) => (n === rest || n === at ? sum : sum + width), 0);
  return [LEAST, Math.max(LEAST, Math.min(MOST, room(table) - others - Number(heads(table)[rest].dataset.rest)))];
}

// The last column fills what is left of the page, so that the others are as wide as they say.
function fill(table, cols, wide, at) {
  if (heads(table).some((head) => head.dataset.rest)) return;
  const named = heads(table).flatMap((head, n) => (head.dataset.name && wide[n] ? [n] : []));
  const last = named.at(-1);
  const others = cols.reduce((sum, col, n) => (n === last || !wide[n] ? sum : sum + Number(col.width)), 0);
  const least = last === at ? Number(cols[at].width) : Math.min(wide[last], 120);
  cols[last].width = Math.max(least, room(table) - others);
}

function resize(table, frozen, at, to) {
  const [least, most] = limits(table, frozen.wide, at);
  const width = Math.round(Math.min(most, Math.max(least, to)));
  frozen.cols[at].width = width;
  fill(table, frozen.cols, frozen.wide, at);
  say(table);
}

function restore(table, before) {
  table.querySelector("colgroup")?.remove();
  if (before.group) table.prepend(before.group);
  table.classList.toggle("has-widths", before.had);
  say(table);
}

const say = (table) => heads(table).forEach((head) => {
  const handle = head.querySelector(".col-handle");
  if (handle) handle.setAttribute("aria-valuenow", String(Math.min(MOST, Math.max(LEAST, widthOf(head)))));
});

function keep(table) {
  const widths = heads(table).filter((head) => head.dataset.name && widthOf(head)).map((head) => `${head.dataset.name}:${widthOf(head)}`);
  window.htmx.ajax("POST", table.dataset.layoutUrl, { source: table, target: table, swap: "none", values: { widths: widths.join(",") } }).catch(() => {});
}

function drag(handle, event) {
  if (event.button) return;
  event.preventDefault();
  const head = handle.closest("th");
  const table = head.closest("table");
  const before = { group: table.querySelector("colgroup")?.cloneNode(true), had: table.classList.contains("has-widths") };
  const at = head.cellIndex;
  const frozen = freeze(table);
  const from = event.clientX;
  handle.setPointerCapture(event.pointerId);
  handle.classList.add("is-dragged");
  handle.focus({ preventScroll: true });
  const move = (moved) => resize(table, frozen, at, frozen.wide[at] + moved.clientX - from);
  const stop = (done) => {
    handle.classList.remove("is-dragged");
    handle.removeEventListener("pointermove", move);
    handle.removeEventListener("pointerup", up);
    handle.removeEventListener("pointercancel", cancel);
    document.removeEventListener("keydown", escape, true);
    if (!done || widthOf(head) === frozen.wide[at]) restore(table, before);
    else keep(table);
  };
  const up = () => stop(true);
  const cancel = () => stop(false);
  const escape = (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    key.stopPropagation();
    stop(false);
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", up);
  handle.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", escape, true);
}

let waiting = null;
function press(handle, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const table = handle.closest("table");
  if (!event.shiftKey) {
    const all = [...table.tHead.querySelectorAll(".col-handle")];
    const next = all[all.indexOf(handle) + by];
    if (!next) return;
    handle.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    return;
  }
  const at = handle.closest("th").cellIndex;
  const frozen = freeze(table);
  resize(table, frozen, at, frozen.wide[at] + by * STEP);
  clearTimeout(waiting);
  waiting = setTimeout(() => keep(table), 400);
}

function enhance(table) {
  if (!table.tHead?.rows[0] || table.tHead.querySelector(".col-handle")) return;
  const named = heads(table).filter((head) => head.dataset.name);
  named.forEach((head, n) => {
    const handle = document.createElement("span");
    const label = (head.querySelector("a") ?? head).textContent.trim();
    const said = { role: "separator", tabindex: n ? "-1" : "0", class: "col-handle", title: "Drag, or Shift and the arrows", "aria-orientation": "vertical", "aria-label": `Width of ${label}`, "aria-valuemin": LEAST, "aria-valuemax": MOST };
    for (const [name, value] of Object.entries(said)) handle.setAttribute(name, value);
    handle.addEventListener("pointerdown", (event) => drag(handle, event));
    handle.addEventListener("keydown", (event) => press(handle, event));
    handle.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); });
    head.append(handle);
  });
  fit(table);
  say(table);
}

// Shift and a click on a head sorts by that column too, after those before.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("table[data-layout-url] th a[data-then]");
  if (!link || !event.shiftKey || link.closest("#list")) return;
  event.preventDefault();
  event.stopPropagation();
  link.href = link.dataset.then;
  link.click();
}, true);

// Widths chosen on a wide screen leave a narrow one its rest.
function fit(table) {
  const rest = heads(table).find((head) => head.dataset.rest);
  if (!rest) return;
  const lacks = Number(rest.dataset.rest) - widthOf(rest);
  const widest = heads(table)[0];
  if (lacks > 0 && widthOf(widest) - lacks >= LEAST * 3) {
    const { cols, wide } = freeze(table);
    cols[widest.cellIndex].width = wide[widest.cellIndex] - lacks;
  }
}

const all = (root) => root.querySelectorAll("table[data-layout-url]").forEach(enhance);
document.body.addEventListener("htmx:load", (event) => all(event.detail.elt.parentElement ?? event.detail.elt));
all(document);
