// Activity Tracker: the keys, and what is dragged. What is done is decided by the server; its
// answer brings the page's rows anew.

const rows = () => [...document.querySelectorAll("#due [data-row]")].filter((row) => row.checkVisibility());
const rowOf = (target) => target?.closest?.("#due [data-row]");
const told = () => {};

// One row is reached with Tab, the arrows lead to the others.
function rove(row = null) {
  const all = rows();
  const at = row ?? all.find((one) => one.tabIndex === 0) ?? all[0];
  for (const one of document.querySelectorAll("#due [data-row]")) one.tabIndex = one === at ? 0 : -1;
}
function go(row) {
  if (!row) return;
  rove(row);
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

// Steps are taken one after the other, however fast they are asked for: each from an element that
// stays, for the row it was asked in is brought anew by the answer to the one before.
let last = Promise.resolve();
let stood = null;
const steps = [];
function take(row, address, asked) {
  const mine = { id: row.id, at: rows().indexOf(row) };
  const behind = steps.some((one) => one.id === row.id);
  steps.push(mine);
  last = last.then(() => {
    // What a step of ours has moved meanwhile is not somebody else's change.
    const now = behind ? document.getElementById(row.id) ?? row : row;
    const values = asked(now);
    if (!values) return null;
    stood = mine;
    return window.htmx.ajax("POST", address, { source: "#due-steps", target: "#due", swap: "outerHTML", values });
  }).catch(told).finally(() => steps.splice(steps.indexOf(mine), 1));
}
const send = (row, asked) => take(row, row.dataset.do, asked);
document.addEventListener("submit", (event) => {
  const form = event.target;
  const row = rowOf(form);
  if (!row || !form.hasAttribute("hx-post") || event.defaultPrevented) return;
  event.preventDefault();
  event.stopPropagation();
  const values = Object.fromEntries(new FormData(form, event.submitter));
  const days = (one) => one.querySelector("[name=shown]")?.value;
  take(row, form.getAttribute("action"), (now) => {
    if (values.shown && values.shown === days(row)) values.shown = days(now) ?? values.shown;
    return values;
  });
}, true);

// What was done may have taken the row elsewhere, or away: the keys go on beside where it was.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "due" && event.detail.target?.id !== "due") return;
  rove();
  const refused = document.querySelector("#due .is-refused [name=day]");
  if (refused) refused.focus();
  else if (stood && (document.activeElement === document.body || rowOf(document.activeElement))) {
    const all = rows();
    go(all.find((row) => row.id === stood.id) ?? all[Math.min(stood.at, all.length - 1)]);
  }
  stood = null;
});

const STATUSES = () => [...new Set([...document.querySelectorAll("[data-drop-status]")].map((one) => one.dataset.dropStatus))];
const toStatus = (row, step) => send(row, ({ dataset }) => {
  const all = STATUSES();
  const status = all[all.indexOf(dataset.status) + step];
  return status && { do: "status", status };
});
const toDay = (row, days) => send(row, ({ dataset }) => {
  const day = new Date(`${dataset.day}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return { do: "move", day: day.toISOString().slice(0, 10), shown: dataset.day };
});

// After "g" a key leads to another page; it does nothing with the row.
let leads = 0;
// From nowhere on the page the first arrow leads into the rows.
document.addEventListener("keydown", (event) => {
  if (event.target !== document.body || event.key !== "ArrowDown" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = rows().find((one) => one.tabIndex === 0) ?? rows()[0];
  if (!row) return;
  event.preventDefault();
  go(row);
});
const DAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
document.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") {
    const open = row.querySelector("details[open]");
    if (!open) return;
    event.preventDefault();
    open.open = false;
    go(row);
    return;
  }
  if (event.target.closest("input, select, textarea")) return;
  if (event.altKey) {
    if (!row.dataset.do || !(event.key in DAYS)) return;
    event.preventDefault();
    if (row.dataset.status === undefined) toDay(row, DAYS[event.key]);
    else if (Math.abs(DAYS[event.key]) === 1) toStatus(row, DAYS[event.key]);
    return;
  }
  const all = rows();
  const at = all.indexOf(row);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    if (all[next]) go(all[next]);
    return;
  }
  // A button of the row, where a closed dialog leaves one, presses itself; the letters are those of the row.
  if (event.target !== row && (event.key === "Enter" || event.target.closest("details[open]"))) return;
  if (event.key === "Enter") {
    event.preventDefault();
    row.querySelector("[data-open]")?.click();
    return;
  }
  if (event.key === "g") leads = Date.now();
  if (Date.now() - leads < 1500) return;
  const act = /^[a-z]$/.test(event.key) && row.querySelector(`[data-key=${event.key}]`);
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act.click();
  if (event.key === "m") row.querySelector("[name=day]")?.focus();
}, true);

document.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row) rove(row);
});

// One date box is open at a time.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".due-move[open]")) return;
  for (const other of document.querySelectorAll(".due-move[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".due-item:not(.is-refused) .due-move[open]")) if (!open.contains(event.target)) open.open = false;
  const asks = event.target.closest?.("[data-ask]");
  if (asks && !window.confirm(asks.dataset.ask)) event.preventDefault();
});

// Dragging: a card to another column, anything with a day to another day.
let dragged = null;
const over = (target) => {
  const place = target.closest?.("[data-drop-status], [data-drop-day]");
  if (!place || !dragged) return null;
  const { dropStatus, dropDay } = place.dataset;
  if (dropStatus !== undefined) return dropStatus === dragged.dataset.status ? null : place;
  return dropDay === dragged.dataset.day ? null : place;
};
const unmark = () => { for (const one of document.querySelectorAll(".is-over")) one.classList.remove("is-over"); };
document.addEventListener("dragstart", (event) => {
  dragged = event.target.matches?.("#due [data-row]") ? event.target : null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
  dragged.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  unmark();
  const place = over(event.target);
  if (!place) return;
  event.preventDefault();
  place.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const place = over(event.target);
  if (!place) return;
  event.preventDefault();
  const { dropStatus, dropDay } = place.dataset;
  send(dragged, ({ dataset }) => (dropStatus !== undefined ? { do: "status", status: dropStatus } : { do: "move", day: dropDay, shown: dataset.day }));
});
document.addEventListener("dragend", () => {
  unmark();
  dragged?.classList.remove("is-dragged");
  dragged = null;
});

// A status that is chosen on a card is its answer; without this its button sends it.
document.addEventListener("change", (event) => {
  const row = event.target.matches?.(".card-status") && rowOf(event.target);
  const status = event.target.value;
  if (row) send(row, () => ({ do: "status", status }));
});

// An address holds what was chosen and nothing else.
document.body.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt.matches?.(".due-filters")) {
    for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
  }
  // What is saved as a view is what the page shows now.
  if (elt.matches?.("[data-save-view]")) parameters.query = location.search.slice(1);
});

rove();
