// Success Tracker: bars dragged along the time axis, and stretched at their ends, by mouse and by
// touch. A drag ends in the same request as the keys; until it is answered a ghost stands there.

const DAY = 86400000;
const NEAR = 7;
const MARGIN = 22;

const box = document.getElementById("tracker");
const table = box?.querySelector("table[role=treegrid]");
const dayOf = (text) => (text ? Date.parse(`${text}T00:00Z`) / DAY : null);
const first = dayOf(box?.dataset.start);
const shown = box ? dayOf(box.dataset.stop) - first : 0;

// A date as this person writes it; the server says how.
function written(day) {
  const date = new Date(day * DAY);
  const two = (number) => String(number).padStart(2, "0");
  const parts = { "%-d": date.getUTCDate(), "%d": two(date.getUTCDate()), "%m": two(date.getUTCMonth() + 1), "%Y": date.getUTCFullYear(), "%b": date.toLocaleString("en-GB", { month: "short", timeZone: "UTC" }).slice(0, 3) };
  return box.dataset.pattern.replace(/%-?[a-zA-Z]/g, (part) => parts[part]);
}

// Where a row's bar lies on the page, and which part of it is under the pointer.
function part(row, x) {
  const axis = row.querySelector(".trk-axis").getBoundingClientRect();
  const [start, end] = [dayOf(row.dataset.start), dayOf(row.dataset.end)];
  if (start === null && end === null) return null;
  const at = (day) => axis.left + ((day - first) / shown) * axis.width;
  const point = start === null || end === null;
  const [left, right] = point ? [at(start ?? end), at(start ?? end)] : [at(start), at(end + 1)];
  if (x < Math.max(left, axis.left) - NEAR || x > Math.min(right, axis.right) + NEAR) return null;
  if (point) return "both";
  // On a short bar the middle stays free to be grabbed; an end outside the axis cannot be seen.
  const reach = Math.min(NEAR, (right - left) / 4);
  if (x > right - reach && right <= axis.right + 1) return "end";
  if (x < left + reach && left >= axis.left - 1) return "start";
  return "both";
}

const timeOf = (event) => event.target.closest?.(".trk-row[data-dates] > .trk-time");

function hover(event) {
  const cell = timeOf(event);
  if (cell && event.pointerType === "mouse" && !event.buttons) cell.dataset.grab = part(cell.parentElement, event.clientX) ?? "";
}

function become(row, edge, by) {
  const [start, end] = [dayOf(row.dataset.start), dayOf(row.dataset.end)];
  return [start === null || edge === "end" ? start : start + by, end === null || edge === "start" ? end : end + by];
}

// How far an end goes at most: not over the other one.
function held(row, edge, by) {
  const long = dayOf(row.dataset.end) - dayOf(row.dataset.start);
  if (edge === "end") return Math.max(by, -long);
  return edge === "start" ? Math.min(by, long) : by;
}

function ghost(row) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const plan = row.matches(".trk-plan");
  const look = { class: "bar-ghost", rx: 3, y: plan ? "40%" : "31%", height: plan ? "20%" : "38%" };
  for (const [name, value] of Object.entries(look)) rect.setAttribute(name, value);
  row.querySelector(".trk-axis").append(rect);
  return rect;
}

function draw(drag) {
  const { row, edge, by, rect, flag } = drag;
  const [start, end] = become(row, edge, by);
  const [from, to] = [start ?? end, (end ?? start) + 1];
  rect.setAttribute("x", `${((from - first) / shown) * 100}%`);
  rect.setAttribute("width", `${((to - from) / shown) * 100}%`);
  const days = `${by > 0 ? "+" : "−"}${Math.abs(by)} day${Math.abs(by) === 1 ? "" : "s"}`;
  flag.textContent = `${[start, end].filter((day) => day !== null).map(written).join(" – ")}${by ? ` (${days})` : ""}`;
  const axis = row.querySelector(".trk-axis").getBoundingClientRect();
  const left = Math.min(Math.max(drag.x - flag.offsetWidth / 2, 8), innerWidth - flag.offsetWidth - 8);
  flag.style.left = `${left}px`;
  flag.style.top = `${axis.top > 44 ? axis.top - flag.offsetHeight - 4 : axis.bottom + 4}px`;
}

function begin(event) {
  const cell = timeOf(event);
  if (!cell || event.button || !event.isPrimary || event.ctrlKey || event.metaKey) return;
  const row = cell.parentElement;
  const edge = part(row, event.clientX);
  if (!edge || row.getAttribute("aria-busy") === "true") return;
  const drag = { row, edge, by: 0, x: event.clientX, from: event.clientX, beyond: 0, rect: null, flag: null, timer: null };
  const perDay = row.querySelector(".trk-axis").getBoundingClientRect().width / shown;
  const enough = event.pointerType === "touch" ? 8 : 4;

  const update = () => {
    drag.by = held(row, edge, Math.round((drag.x - drag.from) / perDay) + drag.beyond);
    draw(drag);
  };
  // At the end of the axis the days go on by themselves.
  const push = () => {
    const axis = row.querySelector(".trk-axis").getBoundingClientRect();
    const way = drag.x > axis.right - MARGIN ? 1 : drag.x < axis.left + MARGIN ? -1 : 0;
    // Only away from where it began: who grabs a bar at the edge is not pushed.
    if (way && Math.sign(drag.x - drag.from) === way) {
      drag.beyond += way * Math.max(1, Math.round(shown / 150));
      update();
    }
  };
  const move = (moved) => {
    if (!(moved.buttons & 1)) { cancel(); return; }
    drag.x = moved.clientX;
    if (!drag.rect) {
      if (Math.abs(drag.x - drag.from) < enough) return;
      row.classList.add("is-moving");
      table.dataset.dragging = edge;
      drag.rect = ghost(row);
      drag.flag = document.createElement("div");
      drag.flag.className = "trk-flag";
      drag.flag.setAttribute("aria-hidden", "true");
      document.body.append(drag.flag);
      drag.timer = setInterval(push, 60);
    }
    update();
  };
  const clear = () => {
    clearInterval(drag.timer);
    drag.flag?.remove();
    delete table.dataset.dragging;
  };
  const back = () => {
    drag.rect?.remove();
    row.classList.remove("is-moving");
  };
  const end = (kept) => {
    clear();
    document.removeEventListener("keydown", escape, true);
    cell.removeEventListener("pointermove", move);
    if (!kept || !drag.by) back();
    else table.dispatchEvent(new CustomEvent("bar-moved", { detail: { row, edge, by: drag.by, done: back } }));
    drag.by = 0;
  };
  const up = () => {
    cell.removeEventListener("pointerup", up);
    cell.removeEventListener("pointercancel", cancel);
    // The click that follows belongs to the drag: it opens nothing.
    if (drag.rect) {
      const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
      table.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => table.removeEventListener("click", swallow, { capture: true }), 0);
    }
    end(Boolean(table.dataset.dragging));
  };
  const cancel = () => {
    cell.removeEventListener("pointerup", up);
    cell.removeEventListener("pointercancel", cancel);
    end(false);
  };
  const escape = (key) => {
    if (key.key !== "Escape" || !drag.rect || !table.dataset.dragging) return;
    key.preventDefault();
    key.stopPropagation();
    end(false);
  };
  cell.setPointerCapture(event.pointerId);
  cell.addEventListener("pointermove", move);
  cell.addEventListener("pointerup", up);
  cell.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", escape, true);
}

if (table) {
  table.addEventListener("pointermove", hover);
  table.addEventListener("pointerdown", begin);
}
