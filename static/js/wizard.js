// The Select Records grid: each box is kept on the server as it is changed; keys as in a spreadsheet.

const grid = () => document.getElementById("grid");
const boxes = ".wz-input, [data-keep], [data-cell]";

// Requests one after the other, so that the last change is the one that is kept.
let queue = Promise.resolve();
function send(values, swap) {
  const url = grid().dataset.url;
  const at = document.activeElement?.name ?? "";
  queue = queue.then(() => window.htmx.ajax("POST", url, {
    source: grid(), target: "#grid", swap: swap ? "outerHTML" : "none",
    values: { ...values, csrfmiddlewaretoken: grid().querySelector("[name=csrfmiddlewaretoken]").value },
  })).catch(() => {}).then(() => {
    const pending = grid().querySelector("[data-pending] button");
    if (pending) pending.focus();
    else if (swap && at) grid().querySelector(`[name="${CSS.escape(at)}"]`)?.focus();
  });
}

// The boxes of a form would all be sent along with the few that changed.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt?.id !== "grid" || event.detail.verb !== "post") return;
  const kept = event.detail.parameters;
  if (!("only" in kept)) return;
  const only = new Set([...String(kept.only).split(" "), "csrfmiddlewaretoken"]);
  for (const name of [...Object.keys(kept)]) if (!only.has(name)) delete kept[name];
});

function changed(row, name, value, more = {}) {
  const key = row.dataset.key;
  const values = { [`row:${key}`]: "1", [name]: value, ...more };
  const tick = row.querySelector("[data-keep]");
  if (tick?.checked && !(`keep:${key}` in values)) values[`keep:${key}`] = "on";
  values.only = Object.keys(values).join(" ");
  return values;
}

function below(key) {
  const found = [];
  for (const row of grid().querySelectorAll(`tr[data-parent="${CSS.escape(key)}"]`)) found.push(row, ...below(row.dataset.key));
  return found;
}

document.addEventListener("change", (event) => {
  const row = event.target.closest?.("#grid tr[data-key]");
  if (!row) return;
  const { key } = row.dataset;
  if (event.target.matches("[data-keep]")) {
    const on = event.target.checked;
    for (const one of [row, ...below(key)]) {
      one.classList.toggle("wz-off", !on);
      const tick = one.querySelector("[data-keep]");
      if (tick) tick.checked = on;
    }
    const more = { branch: "1", quiet: "1" };
    if (!on) more[`row:${key}`] = "1";
    const values = changed(row, `row:${key}`, "1", more);
    send(values, false);
  } else if (event.target.name.startsWith("start:")) {
    send(changed(row, event.target.name, event.target.value), true);
  } else {
    send(changed(row, event.target.name, event.target.value, { quiet: "1" }), false);
  }
});

document.body.addEventListener("wizard-kept", (event) => {
  const counts = grid()?.querySelector("[data-counts]");
  if (counts) counts.textContent = event.detail.counts;
});

// Keys: up and down within a column, left and right at the ends of a text, Enter goes on below.
function column(box) {
  const cell = box.closest("td");
  return [...cell.parentElement.children].indexOf(cell);
}
function go(box, step) {
  const rows = [...grid().querySelectorAll("tr[data-key]")];
  const at = rows.indexOf(box.closest("tr[data-key]"));
  const place = column(box);
  for (let next = at + step; rows[next]; next += step) {
    const found = rows[next].children[place]?.querySelector(boxes);
    if (found) { found.focus(); found.select?.(); return true; }
  }
  return false;
}
function aside(box, step) {
  const all = [...box.closest("tr").querySelectorAll(boxes)];
  const next = all[all.indexOf(box) + step];
  next?.focus();
  return Boolean(next);
}
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(`#grid :is(${boxes})`);
  if (!box || event.altKey || event.ctrlKey || event.metaKey) return;
  const text = box.matches("input:not([type=checkbox]):not([type=date])");
  const date = box.type === "date";
  let done = false;
  if (event.key === "ArrowUp" && !date) done = go(box, -1);
  else if (event.key === "ArrowDown" && !date) done = go(box, 1);
  else if (event.key === "Enter" && !box.matches("a, button")) { box.blur(); box.focus(); done = go(box, event.shiftKey ? -1 : 1) || true; }
  else if (event.key === "ArrowLeft" && (!text || box.selectionEnd === 0) && !date) done = aside(box, -1);
  else if (event.key === "ArrowRight" && (!text || box.selectionStart === box.value.length) && !date) done = aside(box, 1);
  else if (event.key === "Escape" && box.defaultValue !== undefined && box.value !== box.defaultValue) { box.value = box.defaultValue; done = true; }
  if (done) event.preventDefault();
});
