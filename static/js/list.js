// A list that is worked in: cells edited where they stand, rows selected, keys as in a spreadsheet.

const list = () => document.getElementById("list");
const table = () => list()?.querySelector("table[data-by-hand]");
const rows = () => [...(table()?.tBodies[0].rows ?? [])].filter((row) => row.id);
const heads = () => [...table().tHead.rows[0].cells];
const headOf = (cell) => heads()[cell.cellIndex];
const pick = (row) => row.querySelector("input[name=row]");
// A list can stand on the page of another record.
const recordOf = (row) => `${list().dataset.records}${row.id.split("-").pop()}/`;
const address = (row) => `${recordOf(row)}cell/`;

// The boxes to edit in come once, as soon as somebody comes near the list.
let boxes = null;
function fetchBoxes() {
  const place = document.getElementById("editors");
  if (!place || boxes) return boxes;
  boxes = fetch(place.dataset.url, { headers: { "HX-Request": "true", "HX-Target": "editors" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => {
      const parsed = document.createElement("template");
      parsed.innerHTML = html;
      place.replaceChildren(...parsed.content.firstElementChild.children);
    })
    .catch(() => { boxes = null; });
  return boxes;
}
const boxOf = (name) => document.querySelector(`#editors template[data-editor="${name}"]`);
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => { if (event.target.closest?.("#list [data-by-hand]")) fetchBoxes(); });
}

// One cell in hand: what stood there, what the form would hold of it, what was typed.
const open = new Map();
const fieldsIn = (cell) => [...cell.querySelectorAll(".cell-box :is(input, select, textarea):not([type=hidden])")];

function put(field, raw, shown) {
  if (field.type === "checkbox") field.checked = raw.split(",").includes(field.value) || (field.value === "on" && raw === "True");
  else {
    if (field.tagName === "SELECT" && raw && ![...field.options].some((one) => one.value === raw)) field.add(new Option(shown, raw));
    field.value = raw;
  }
}
function typedIn(cell) {
  const fields = fieldsIn(cell);
  if (fields[0]?.type !== "checkbox") return fields[0]?.value ?? "";
  if (fields.length === 1 && fields[0].value === "on") return fields[0].checked ? "True" : "";
  return fields.filter((field) => field.checked).map((field) => field.value).join(",");
}
const same = (one, other) => one.split(",").sort().join() === other.split(",").sort().join();

async function edit(cell) {
  const head = headOf(cell);
  const row = cell.parentElement;
  if (head.dataset.opens) {
    window.htmx.ajax("GET", `${recordOf(row)}${head.dataset.opens}/`, { source: cell, target: "#dialog", swap: "outerHTML" }).catch(() => {});
    return;
  }
  if (!head.dataset.edits || open.has(cell)) return;
  await fetchBoxes();
  const box = boxOf(head.dataset.name);
  if (!box || open.has(cell) || !cell.isConnected) return;
  const raw = cell.dataset.v ?? "";
  open.set(cell, { raw, was: [...cell.childNodes], field: box.dataset.field });
  const holder = document.createElement("div");
  holder.className = "cell-box";
  holder.append(box.content.cloneNode(true));
  const shown = cell.textContent.trim();
  cell.replaceChildren(holder);
  cell.classList.add("is-open");
  for (const field of fieldsIn(cell)) {
    field.removeAttribute("id");
    field.removeAttribute("required");
    field.setAttribute("aria-label", field.type === "checkbox" && field.value !== "on" ? field.closest("label")?.textContent.trim() ?? field.value : `${box.dataset.label} of ${nameOf(row)}`);
    put(field, raw, shown);
  }
  const first = fieldsIn(cell)[0];
  first?.focus();
  if (first?.type === "text") first.select();
}
const nameOf = (row) => pick(row)?.getAttribute("aria-label").replace(/^Select /, "") ?? "";

function shut(cell, focus) {
  const held = open.get(cell);
  if (!held) return;
  open.delete(cell);
  cell.classList.remove("is-open", "is-unsaved", "is-wrong");
  cell.replaceChildren(...held.was);
  if (focus) to(cell);
}

function save(cell) {
  const held = open.get(cell);
  if (!held) return;
  const typed = typedIn(cell);
  if (same(typed, held.raw)) { shut(cell, cell.contains(document.activeElement)); return; }
  if (held.sent === typed) return;
  held.sent = typed;
  cell.classList.add("is-saving");
  cell.classList.remove("is-unsaved", "is-wrong");
  cell.querySelector(".cell-problem")?.remove();
  const row = cell.parentElement;
  const list_ = fieldsIn(cell)[0]?.type === "checkbox" && fieldsIn(cell).length > 1;
  const several = (text) => (list_ ? text.split(",").filter(Boolean) : text);
  const values = { cell: held.field, columns: table().dataset.columns, [held.field]: several(typed === "True" ? "on" : typed) };
  values[`initial-${held.field}`] = several(held.raw);
  window.htmx.ajax("POST", address(row), { source: row, target: row, swap: "none", values }).catch(() => {});
}

// The answer: the row anew, but what somebody types in it stays; or why it was not saved.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const { elt: row, xhr, requestConfig } = event.detail;
  if (!row.matches?.("#list tr[id]") || requestConfig.verb !== "post" || !requestConfig.path.endsWith("/cell/")) return;
  const field = requestConfig.formData.get("cell");
  const cell = [...row.cells].find((one) => open.get(one)?.field === field);
  cell?.classList.remove("is-saving");
  if (xhr.status === 200 && !xhr.getResponseHeader("HX-Retarget")) { renew(row, xhr.responseText, cell); return; }
  const held = cell && open.get(cell);
  if (!held) return;
  delete held.sent;
  if (xhr.status !== 422 && xhr.status !== 409) { cell.classList.toggle("is-unsaved", xhr.status !== 200); return; }
  if (xhr.getResponseHeader("HX-Retarget")) return;
  const parsed = document.createElement("template");
  parsed.innerHTML = xhr.responseText;
  const said = parsed.content.querySelector(".cell-problem");
  if (!said) return;
  said.id = `problem-${row.id}`;
  said.setAttribute("role", "alert");
  cell.classList.add("is-wrong");
  if (said.dataset.theirs !== undefined) {
    held.raw = said.dataset.theirs;
    for (const [text, act] of [["Keep mine", () => { delete held.sent; save(cell); }], ["Take theirs", () => reload(row, cell)]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-link btn-sm", textContent: text });
      button.addEventListener("click", act);
      said.append(" ", button);
    }
  }
  cell.querySelector(".cell-problem")?.remove();
  cell.append(said);
  for (const one of fieldsIn(cell)) { one.setAttribute("aria-invalid", "true"); one.setAttribute("aria-describedby", said.id); }
});

function renew(row, html, answered) {
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  const fresh = parsed.content.querySelector("tr");
  if (!fresh) { row.remove(); return; }
  const focused = document.activeElement;
  [...fresh.cells].forEach((now, at) => {
    const cell = row.cells[at];
    if (cell.classList.contains("col-pick")) return;
    const held = open.get(cell);
    const mine = cell === answered;
    if (held && (!mine || (held.sent !== undefined && typedIn(cell) !== held.sent && cell.contains(focused)))) {
      // Typed on while it was saved: what was sent is what stands there now.
      held.was = [...now.childNodes];
      if (mine) { held.raw = now.dataset.v ?? ""; delete held.sent; }
      cell.dataset.v = now.dataset.v ?? "";
      return;
    }
    const inside = cell.contains(focused);
    open.delete(cell);
    cell.className = now.className;
    cell.replaceChildren(...now.childNodes);
    if (now.dataset.v !== undefined) cell.dataset.v = now.dataset.v;
    if (inside) to(cell);
  });
  for (const cell of row.closest("tbody").querySelectorAll(".is-unsaved")) save(cell);
}

async function reload(row, cell) {
  const answer = await fetch(`${address(row)}?columns=${table().dataset.columns}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  open.delete(cell);
  renew(row, await answer.text(), cell);
}

// Where the keys are: one cell can be tabbed to, the arrows go on from there.
let here = null;
function to(cell) {
  if (!cell) return false;
  if (here?.isConnected) here.tabIndex = -1;
  here = cell;
  cell.tabIndex = 0;
  cell.focus({ preventScroll: false });
  return true;
}
function ready() {
  const first = rows()[0]?.cells[1];
  if (first && !table().querySelector("td[tabindex='0']")) first.tabIndex = 0;
  count();
}
const at = (cell, step, side = 0) => {
  const all = rows();
  return all[all.indexOf(cell.parentElement) + step]?.cells[cell.cellIndex + side];
};

// From nowhere on the page the first arrow leads into the rows: to the first cell, or the last one that was walked to.
document.addEventListener("keydown", (event) => {
  if (event.target !== document.body || event.key !== "ArrowDown" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (to(table()?.querySelector("tbody td[tabindex='0']"))) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("#list [data-by-hand] tbody td");
  if (!cell || event.altKey || event.metaKey) return;
  if (open.has(cell) && event.target !== cell) { inBox(event, cell); return; }
  if (event.target !== cell) return;
  if (event.ctrlKey) return;
  const acts = {
    ArrowDown: () => to(at(cell, 1)),
    ArrowUp: () => to(at(cell, -1)),
    ArrowRight: () => to(at(cell, 0, 1)),
    ArrowLeft: () => cell.cellIndex > 1 && to(at(cell, 0, -1)),
    Home: () => to(cell.parentElement.cells[1]),
    End: () => to(cell.parentElement.cells[cell.parentElement.cells.length - 1]),
    x: () => { const box = pick(cell.parentElement); box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); return true; },
    e: () => { edit(editable(cell)); return true; },
    m: () => use(talk, cell.parentElement),
    r: () => use(run, cell.parentElement),
    F2: () => { edit(editable(cell)); return true; },
    Enter: () => {
      const head = headOf(cell);
      if (head.dataset.edits || head.dataset.opens) edit(cell);
      else cell.querySelector("a, button")?.click();
      return true;
    },
  };
  if (acts[event.key]?.()) { event.preventDefault(); event.stopPropagation(); }
}, true);
// `e` on a cell that has no box of its own: the next one in its row that has.
function editable(cell) {
  const all = [...cell.parentElement.cells];
  const can = (one) => headOf(one).dataset.edits || headOf(one).dataset.opens;
  return can(cell) ? cell : all.slice(cell.cellIndex).find(can) ?? all.find(can) ?? cell;
}
function inBox(event, cell) {
  if (event.key === "Escape") { shut(cell, true); event.preventDefault(); event.stopPropagation(); return; }
  if (event.key === "Enter" && event.target.tagName !== "BUTTON" && !event.ctrlKey) {
    event.preventDefault();
    const next = at(cell, event.shiftKey ? -1 : 1);
    save(cell);
    // Typing goes on in the row below.
    if (next) { to(next); edit(next); } else if (!open.has(cell)) to(cell);
  }
}
// Leaving a cell keeps what was typed; a choice made with the mouse is kept at once.
document.addEventListener("focusout", (event) => {
  const cell = event.target.closest?.("#list td.is-open");
  if (cell && !cell.contains(event.relatedTarget)) save(cell);
});
let pressed = false;
document.addEventListener("pointerdown", (event) => { pressed = Boolean(event.target.closest?.("td.is-open select")); });
document.addEventListener("keydown", () => { pressed = false; }, true);
document.addEventListener("change", (event) => {
  const cell = event.target.closest?.("td.is-open");
  if (cell && pressed && event.target.tagName === "SELECT") save(cell);
});

// A click on a cell edits it; on a link in it follows the link.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("#list [data-by-hand] tbody td");
  if (!cell || event.target.closest("a, button, input, select, textarea, label, summary") || String(getSelection())) return;
  if (open.has(cell) || cell.classList.contains("col-pick")) return;
  to(cell);
  edit(cell);
});

// What a row offers beside its cells: a few buttons that go to the row in hand. What people say
// about it opens over the list; what it can be carried out by is a menu of the page (menu.js).
const icons = () => document.querySelector("use[href*='#bell']")?.getAttribute("href").split("#")[0] ?? "";
function tool(name, title, icon) {
  const link = document.createElement("a");
  link.className = `icon-button row-tool row-${name}`;
  link.title = title;
  link.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
  link.querySelector("use").setAttribute("href", `${icons()}#${icon}`);
  return link;
}
const talk = tool("talk", "Comments (m)", "message-circle");
const run = tool("run", "Carry out (r)", "player-play");
talk.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  window.htmx.ajax("GET", talk.getAttribute("href"), { source: talk, target: "#dialog", swap: "outerHTML" }).catch(() => {});
});
function offer(row) {
  const { comments, menu } = list()?.querySelector("table")?.dataset ?? {};
  const cell = row?.querySelector("td:not(.col-pick)");
  if (!row?.id || !cell || open.has(cell)) return;
  const pk = row.id.split("-").pop();
  const name = nameOf(row) || cell.textContent.trim();
  if (comments && talk.closest("tr") !== row) {
    talk.href = `${comments}${pk}/`;
    talk.setAttribute("aria-label", `Comments on ${name}`);
    cell.append(talk);
  }
  if (menu && run.closest("tr") !== row) {
    run.href = `${list().dataset.records}${pk}/`;
    Object.assign(run.dataset, { menu, row: pk });
    run.setAttribute("aria-label", `Carry out ${name}`);
    cell.append(run);
  }
}
// From the row's cells: the button, as if it was clicked; whether the list has it.
function use(link, row) {
  offer(row);
  if (link.closest("tr") !== row) return false;
  link.click();
  return true;
}
document.addEventListener("pointerover", (event) => { const row = event.target.closest?.("#list tbody tr[id]"); if (row) offer(row); });

// Selected rows.
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("#list input[name=row]");
  if (!box) return;
  const all = rows().map(pick);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, until] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, until + 1)) one.checked = box.checked;
  }
  last = box;
  count();
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches?.("#list [data-pick-all]")) for (const row of rows()) pick(row).checked = target.checked;
  if (target.matches?.("#list [data-pick-all], #list input[name=row], #bulk [name=all]")) count();
  if (target.matches?.("#bulk select[name=quick]") && target.value) {
    const button = Object.assign(document.createElement("button"), { hidden: true });
    button.setAttribute("formaction", target.dataset.action);
    target.form.append(button);
    target.form.requestSubmit(button);
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-unselect]")) return;
  for (const box of list().querySelectorAll("input[name=row], [data-pick-all], [name=all]")) box.checked = false;
  count();
});
function count() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const chosen = rows().filter((row) => pick(row)?.checked).length;
  const quick = bar.querySelector("#bulk-quick[hx-get]");
  if (chosen && quick) window.htmx.trigger(quick, "picked");
  const all = bar.querySelector("[name=all]");
  if (all && !chosen) all.checked = false;
  for (const row of rows()) row.classList.toggle("is-picked", Boolean(pick(row)?.checked));
  const everything = list().querySelector("[data-pick-all]");
  everything.checked = chosen > 0 && chosen === rows().length;
  everything.indeterminate = chosen > 0 && chosen < rows().length;
  const total = list().querySelector("[data-total]")?.textContent.replace(/^of /, "") ?? "";
  const known = /[0-9]/.test(total);
  bar.querySelector("[data-bulk-total]")?.replaceChildren(known ? `: ${total}` : "");
  if (known) bar.querySelector("[name=count]").value = total.replace(/[^0-9]/g, "");
  bar.querySelector(".bulk-count").textContent = all?.checked ? `All ${known ? total : ""} selected` : `${chosen} selected`;
}
document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target.matches?.("[data-total]")) count(); });

// Shift and a click on a head: that column too.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#list th a[data-then]");
  if (!link || !event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  window.htmx.ajax("GET", `${location.pathname}${link.dataset.then}`, { source: list(), target: "#list", swap: "outerHTML" })
    .then(() => history.pushState({}, "", link.dataset.then)).catch(() => {});
}, true);

// Order and page size may have changed since the filters were shown: a filter keeps what the address says now.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches?.("form.filters[hx-target='#list']")) return;
  const query = new URLSearchParams(location.search);
  for (const name of ["sort", "size"]) {
    if (query.has(name)) event.detail.parameters[name] = query.get(name);
    else delete event.detail.parameters[name];
  }
});

// What is chosen from is that of the list as it stands now.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.matches?.("[data-choose]")) event.detail.path = location.href;
});

// What is saved as a view is what the page shows now.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches?.("[data-save-view]")) return;
  event.detail.parameters.query = location.search.slice(1);
  event.detail.parameters.columns = list().querySelector("table")?.dataset.columns ?? "";
});

// A form over the list was saved: the list shows it, and the keys are where they were.
document.body.addEventListener("record-changed", () => {
  if (!table()) return;
  const place = here?.isConnected ? [here.parentElement.id, here.cellIndex] : null;
  open.clear();
  window.htmx.ajax("GET", location.href, { source: list(), target: "#list", swap: "outerHTML" })
    .then(() => { if (place) to(document.getElementById(place[0])?.cells[place[1]]); }).catch(() => {});
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "list" && event.detail.target?.id !== "list") return;
  open.clear();
  if (table()) ready();
});
if (table()) ready();
