// Value Tracker: values are typed where they stand; each is saved by itself as one leaves it.

const table = document.getElementById("values");
const box = document.getElementById("value-tracker");

const rowOf = (element) => element.closest("tr.v-row");
const slotOf = (input) => input.closest("[data-slot]");
const before = (input) => slotOf(input)?.querySelector(`[name="initial-${input.name}"]`)?.value ?? "";
const dirty = (input) => input.value !== before(input);
const address = (row) => row.querySelector("form")?.getAttribute("action");

// The address always says what is open, so that Back, Refresh and a copied link show the same.
function remember(change) {
  const url = new URL(location.href);
  change(url.searchParams);
  history.replaceState(history.state, "", url.href.replaceAll("%2C", ","));
}

// What went wrong is said by the page's messages already.
const told = () => {};

// One row, one field, with what stood there when it was typed. Requests of one row queue.
function save(input, again = false) {
  if (!dirty(input)) return;
  if (input.dataset.sent === input.value && !again) return;
  const row = rowOf(input);
  input.dataset.sent = input.value;
  input.classList.remove("is-unsaved");
  htmx.ajax("POST", address(row), {
    source: row,
    target: row,
    values: {
      [input.name]: input.value,
      [`initial-${input.name}`]: before(input),
      columns: table.dataset.columns,
    },
  }).catch(told);
}

// The row as the server knows it; what else is typed in it stays.
function reload(row) {
  htmx.ajax("GET", address(row), { source: row, target: row, values: { columns: table.dataset.columns } }).catch(told);
}

// Only what the answer is about is replaced: cells that are being typed in keep what is typed.
let kept = [];
let swapping = false;

function keep(event) {
  const { target: row, requestConfig, shouldSwap } = event.detail;
  if (!shouldSwap || !row.matches?.("tr.v-row")) return;
  const sent = requestConfig.verb === "post" ? requestConfig.formData : new FormData();
  const focused = document.activeElement;
  swapping = true;
  closeMenus(row);
  kept = [];
  for (const slot of row.querySelectorAll("[data-slot]")) {
    const input = slot.querySelector(".v-input");
    if (!input || input.dataset.done || (sent.has(input.name) && sent.get(input.name) === input.value)) continue;
    if (dirty(input) || input.matches(".v-editor")) {
      kept.push({ slot, focused: input === focused && input, at: input === focused && place(input) });
    }
  }
}

// A menu's place is a style, which no policy lets htmx carry over to the next row.
function closeMenus(row) {
  for (const menu of row.querySelectorAll(".v-menu[style]")) {
    if (menu.matches(":popover-open")) menu.hidePopover();
    menu.removeAttribute("style");
  }
}

function place(input) {
  try { return [input.selectionStart, input.selectionEnd]; } catch { return null; }
}

function restore(event) {
  const row = event.detail.target;
  const was = kept;
  kept = [];
  const { requestConfig, xhr } = event.detail;
  for (const { slot, focused, at } of was) {
    // Typed on while its first value was saved: that one is what stands there now.
    const input = slot.querySelector(".v-input");
    if (xhr.status === 200 && requestConfig.verb === "post" && requestConfig.formData.has(input.name)) {
      slot.querySelector(`[name="initial-${input.name}"]`).value = requestConfig.formData.get(input.name);
    }
    row.querySelector(`[data-slot="${slot.dataset.slot}"]`)?.replaceWith(slot);
    if (!focused) continue;
    focused.focus({ preventScroll: true });
    if (at?.[0] != null) focused.setSelectionRange(...at);
  }
  swapping = false;
  for (const input of row.querySelectorAll("[aria-invalid]")) input.dataset.sent = input.value;
  if (requestConfig.path.includes("/block/") && document.activeElement === document.body) {
    row.querySelector("[popovertarget]")?.focus();
  }
}

// A request that got no answer leaves its value on the page, marked; the next success sends it.
function answered(event) {
  const { elt, successful, requestConfig, xhr } = event.detail;
  if (!elt.matches?.("tr.v-row") || requestConfig.verb !== "post") return;
  if (successful) {
    for (const input of table.querySelectorAll(".v-input.is-unsaved")) save(input);
    refreshPanel(elt);
    return;
  }
  if (xhr.status === 422 || xhr.status === 409) return;
  for (const input of elt.querySelectorAll(".v-input")) {
    if (!requestConfig.formData.has(input.name)) continue;
    delete input.dataset.sent;
    input.classList.toggle("is-unsaved", dirty(input));
  }
}

async function refreshPanel(row) {
  const panel = document.getElementById("panel");
  const id = row.id.slice(4);
  if (panel.hidden || panel.dataset.kpi !== id) return;
  const answer = await fetch(`/kpis/${id}/`, { headers: { "HX-Request": "true", "HX-Target": "panel" } });
  if (!answer.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  const next = fresh.content.querySelector("#panel");
  if (!next || panel.contains(document.activeElement)) return;
  next.dataset.kpi = id;
  panel.replaceWith(next);
  htmx.process(next);
}

// Where the keys lead.
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function inColumn(input, step) {
  const all = [...table.querySelectorAll(`.v-input[name="${input.name}"]:not(.v-editor)`)].filter(visible);
  return all[all.indexOf(input) + step];
}

function inRow(element, step) {
  const all = [...rowOf(element).querySelectorAll("a, button, .v-input")]
    .filter((found) => visible(found) && !found.closest(".v-menu"));
  return all[all.indexOf(element) + step];
}

function go(element) {
  if (!element) return false;
  element.focus();
  return true;
}

function cancel(input) {
  const row = rowOf(input);
  const elsewhere = input.matches(".v-editor, [aria-invalid]");
  input.value = before(input);
  input.classList.remove("is-unsaved");
  if (!elsewhere) return input.select();
  input.dataset.done = "1";
  const slot = input.matches(".v-editor") && slotOf(input).dataset.slot;
  reload(row);
  if (slot) table.addEventListener("htmx:afterSettle", () => row.querySelector(`[data-slot="${slot}"] a`)?.focus(), { once: true });
}

function onKey(event) {
  const input = event.target.closest(".v-input");
  if (!input || event.ctrlKey || event.metaKey || event.altKey) return;
  const typed = input.matches("input:not(.v-editor)");
  const free = typed && input.selectionStart === input.selectionEnd;
  const all = typed && input.selectionStart === 0 && input.selectionEnd === input.value.length;
  let done = false;
  if (event.key === "Enter") {
    if (dirty(input)) save(input, true);
    else if (input.matches(".v-editor")) cancel(input);
    if (typed) input.select();
    done = true;
  } else if (event.key === "Escape") {
    if (dirty(input) || input.matches(".v-editor, [aria-invalid]")) { cancel(input); done = true; }
  } else if (typed && event.key === "ArrowDown") done = go(inColumn(input, 1)) || true;
  else if (typed && event.key === "ArrowUp") done = go(inColumn(input, -1)) || true;
  else if (typed && event.key === "ArrowRight" && (all || (free && input.selectionEnd === input.value.length))) done = go(inRow(input, 1));
  else if (typed && event.key === "ArrowLeft" && (all || (free && input.selectionStart === 0))) done = go(inRow(input, -1));
  else if (event.key === "Tab" && input.name === "current") done = go(inColumn(input, event.shiftKey ? -1 : 1));
  if (done) event.preventDefault();
}

function onClick(event) {
  const toggle = event.target.closest(".v-toggle");
  if (toggle && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const closed = toggle.closest("tbody").classList.toggle("is-closed");
    toggle.setAttribute("aria-expanded", String(!closed));
    const ids = [...table.querySelectorAll("tbody.is-closed > .v-group")].map((group) => group.id.slice(10));
    remember((query) => (ids.length ? query.set("closed", ids.join(",")) : query.delete("closed")));
    return;
  }
  const mine = event.target.closest("[data-mine]");
  const theirs = event.target.closest("[data-theirs]");
  if (!mine && !theirs) return;
  event.preventDefault();
  const input = slotOf(event.target).querySelector(".v-input");
  if (mine) save(input, true);
  else cancel(input);
}

function setFull(full) {
  box.classList.toggle("is-full", full);
  remember((query) => (full ? query.set("full", "1") : query.delete("full")));
  const link = document.getElementById("v-full");
  const url = new URL(link.href);
  if (full) url.searchParams.delete("full");
  else url.searchParams.set("full", "1");
  link.href = url.href;
  link.lastChild.textContent = full ? " Leave full screen" : " Full screen";
  const icon = link.querySelector("use");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, full ? "#arrows-minimize" : "#arrows-maximize"));
}

if (table) {
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  // What one types replaces what stands there; a click still sets the caret.
  table.addEventListener("focusin", (event) => {
    if (!swapping && event.target.matches("input.v-input:not([type=date])")) event.target.select();
  });
  table.addEventListener("focusout", (event) => {
    const input = event.target.closest(".v-input");
    if (swapping || !input?.isConnected || input.dataset.done) return;
    if (dirty(input)) save(input);
    else if (input.matches(".v-editor") && !input.dataset.sent) { input.dataset.done = "1"; reload(rowOf(input)); }
  });
  // Chosen with the pointer, a choice is made; with the keys it is made on leaving.
  table.addEventListener("pointerdown", (event) => { if (event.target.matches("select.v-editor")) event.target.dataset.pointer = "1"; });
  table.addEventListener("change", (event) => { if (event.target.matches("select[data-pointer]")) save(event.target); });
  table.addEventListener("htmx:beforeSwap", keep);
  table.addEventListener("htmx:afterSwap", restore);
  table.addEventListener("htmx:afterRequest", answered);
  // Menus stand beside their button.
  table.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(".v-menu") || event.newState !== "open") return;
    const button = table.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
    const below = button.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.inset = "auto";
    menu.style.left = `${Math.max(8, button.right - menu.offsetWidth)}px`;
    menu.style.top = `${below ? button.bottom + 4 : button.top - menu.offsetHeight - 4}px`;
    menu.querySelector("a, button").focus();
  }, true);
  addEventListener("beforeunload", (event) => { if (table.querySelector(".v-input.is-unsaved")) event.preventDefault(); });
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (target?.id !== "panel") return;
  const id = requestConfig.path.match(/^\/kpis\/(\d+)\//)?.[1];
  if (!id) return;
  document.getElementById("panel").dataset.kpi = id;
  table?.querySelector("tr.is-open")?.classList.remove("is-open");
  document.getElementById(`kpi-${id}`)?.classList.add("is-open");
  remember((query) => query.set("open", `kpi-${id}`));
});
document.addEventListener("panel-closed", () => {
  table?.querySelector("tr.is-open")?.classList.remove("is-open");
  remember((query) => query.delete("open"));
});

if (box) {
  document.getElementById("v-full").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setFull(!box.classList.contains("is-full"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, dialog[open]")) return;
    if (event.key === "f") setFull(!box.classList.contains("is-full"));
    else if (event.key === "Escape" && box.classList.contains("is-full") && document.getElementById("panel").hidden && !document.querySelector(":popover-open, details[open].columns")) setFull(false);
  }, true);
}
