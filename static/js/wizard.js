// The Select Records grid: each box is kept on the server as it is left; keys as in a spreadsheet.

const grid = () => document.getElementById("grid");
const boxes = ".wz-input, [data-keep], [data-cell]";
const isDate = (box) => box.type === "date";
const isTyped = (box) => box.matches?.("#grid .wz-input");

// Requests one after the other, so that the last change is the one that is kept.
let queue = Promise.resolve();
let waiting = 0;
function send(values, swap) {
  waiting += 1;
  queue = queue.then(() => window.htmx.ajax("POST", grid().dataset.url, {
    source: grid(), target: "#grid", swap: swap ? "outerHTML" : "none", values,
  })).catch(() => {}).then(() => { waiting -= 1; });
}

// The boxes of a form would all be sent along with the few that changed.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt?.id !== "grid" || event.detail.verb !== "post") return;
  const kept = event.detail.formData;
  if (!kept.has("only")) return;
  const only = new Set(kept.get("only").split(" "));
  for (const name of [...kept.keys()]) if (!only.has(name) && name !== "csrfmiddlewaretoken") kept.delete(name);
});

function changed(row, values) {
  const { key } = row.dataset;
  const sent = { [`row:${key}`]: "1", ...values };
  if (row.querySelector("[data-keep]")?.checked) sent[`keep:${key}`] = "on";
  return { ...sent, only: Object.keys(sent).join(" ") };
}

// What a box held when it was entered; Esc brings it back, leaving the box keeps what differs.
// A date is whole only then: while its year is typed it is a date of the year 2, 20 and 202.
const held = new WeakMap();
function enter(box) { if (!held.has(box)) held.set(box, box.value); }
function commit(box) {
  if (!held.has(box) || box.value === held.get(box)) return;
  held.set(box, box.value);
  const row = box.closest("tr[data-key]");
  const moves = box.name.startsWith("start:");
  send(changed(row, { [box.name]: box.value, ...(moves ? {} : { quiet: "1" }) }), moves);
}
document.addEventListener("focusin", (event) => { if (isTyped(event.target)) enter(event.target); });
document.addEventListener("focusout", (event) => {
  if (!isTyped(event.target)) return;
  commit(event.target);
  held.delete(event.target);
});

function below(key) {
  const found = [];
  for (const row of grid().querySelectorAll(`tr[data-parent="${CSS.escape(key)}"]`)) found.push(row, ...below(row.dataset.key));
  return found;
}
document.addEventListener("change", (event) => {
  const row = event.target.closest?.("#grid tr[data-key]");
  if (!row || !event.target.matches("[data-keep]")) return;
  const on = event.target.checked;
  for (const one of [row, ...below(row.dataset.key)]) {
    one.classList.toggle("wz-off", !on);
    const tick = one.querySelector("[data-keep]");
    if (tick) tick.checked = on;
  }
  send(changed(row, { branch: "1", quiet: "1" }), false);
});

// What is said about the rows, once something was kept.
function tell({ counts, warnings, rows }) {
  grid().querySelector("[data-counts]").textContent = counts;
  const box = grid().querySelector("[data-warnings]");
  box.hidden = !warnings.length;
  box.querySelector("ul").replaceChildren(...warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  for (const row of grid().querySelectorAll("tr[data-key]")) {
    const said = rows[row.dataset.key];
    if (said || row.querySelector(".wz-said")) beside(row, said ?? []);
  }
}
function beside(row, said) {
  const name = row.querySelector(".wz-name .wz-input");
  const wrong = said.some(([, isWrong]) => isWrong);
  row.querySelector(".wz-said")?.remove();
  row.classList.toggle("wz-wrong", wrong);
  name.toggleAttribute("aria-invalid", false);
  name.removeAttribute("aria-describedby");
  if (wrong) name.setAttribute("aria-invalid", "true");
  if (!said.length) return;
  const box = Object.assign(document.createElement("span"), { className: "wz-said", id: `said-${row.dataset.key}` });
  box.append(...said.map(([textContent, isWrong]) => Object.assign(document.createElement("span"), { textContent, className: isWrong ? "field-error" : "muted" })));
  name.setAttribute("aria-describedby", box.id);
  name.after(box);
}
// An answer is what is said about the rows, or the grid anew: whoever was in a box is in it again, with what they typed meanwhile.
let place = null;
let answered = false;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target?.id !== "grid" || !event.detail.shouldSwap) return;
  if (xhr.getResponseHeader("Content-Type")?.startsWith("application/json")) {
    event.detail.shouldSwap = false;
    tell(JSON.parse(xhr.responseText));
    return;
  }
  const box = document.activeElement;
  const row = box?.closest("#grid tr[data-key]");
  // A question was answered: what stood in a box then is what the grid says now.
  const pressed = /^(save$|confirm:)/.test(event.detail.requestConfig.formData?.get("action") ?? "");
  if (pressed && place) place.typing = null;
  answered = pressed;
  // Within a question it stays where it was asked.
  if (!row) return;
  const typing = !pressed && isTyped(box) && held.has(box) && box.value !== held.get(box) ? box.value : null;
  place = { key: row.dataset.key, nth: [...row.querySelectorAll(boxes)].indexOf(box), typing };
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "grid" && event.detail.elt?.id !== "grid") return;
  if (ask()) return;
  // What the answer holds is what stands there, whatever a box held while the question was open.
  if (answered) for (const box of grid().querySelectorAll(".wz-input")) box.value = box.defaultValue;
  answered = false;
  const { key, nth, typing } = place ?? { key: "", nth: 0, typing: null };
  place = null;
  const box = grid().querySelector("[autofocus]") ?? grid().querySelector(`tr[data-key="${CSS.escape(key)}"]`)?.querySelectorAll(boxes)[nth];
  box?.focus();
  if (typing !== null && box?.closest("tr").dataset.key === key) box.value = typing;
});

// A question stands in the page without this module, and over it with.
function ask() {
  const box = grid()?.querySelector("dialog[data-pending]");
  if (!box) return false;
  box.close();
  box.showModal();
  return true;
}
if (ask()) grid().querySelector("[data-pending] button").focus();
document.addEventListener("cancel", (event) => {
  if (!event.target.matches?.("dialog[data-pending]")) return;
  event.preventDefault();
  event.target.querySelector("[data-refuse]").click();
}, true);

// Buttons of the grid act in place; what leads on waits until everything is kept.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#grid button[name=action]");
  if (!button) return;
  if (button.value === "create" || button.value === "back") {
    if (!waiting) return;
    event.preventDefault();
    queue.then(() => {
      if (!grid().querySelector("[data-pending]")) grid().querySelector(`button[name=action][value=${button.value}]`).click();
    });
    return;
  }
  event.preventDefault();
  button.closest("dialog")?.close();
  send({ action: button.value, only: "action" }, true);
});

// Keys: up and down within a column, left and right at the ends of a text, Enter goes on below.
function go(box, step, from = null) {
  const rows = [...grid().querySelectorAll("tr[data-key]")];
  const column = [...box.closest("tr").children].indexOf(box.closest("td"));
  for (let next = from ?? rows.indexOf(box.closest("tr")) + step; rows[next]; next += step) {
    const found = rows[next].children[column]?.querySelector(boxes);
    if (found) { found.focus(); found.select?.(); return true; }
  }
  return false;
}
function aside(box, step) {
  const all = [...box.closest("tr").querySelectorAll(boxes)];
  const next = step === Infinity ? all.at(-1) : step === -Infinity ? all[0] : all[all.indexOf(box) + step];
  next?.focus();
  return Boolean(next);
}
function act(box, event) {
  const text = isTyped(box) && !isDate(box);
  const first = !text || (box.selectionStart === 0 && box.selectionEnd === 0);
  const last = !text || (box.selectionStart === box.value.length && box.selectionEnd === box.value.length);
  // The arrows change a date's day and go between its parts: with Ctrl they leave it.
  const leaves = event.ctrlKey || !isDate(box);
  switch (event.key) {
    case "ArrowUp": return leaves && go(box, -1);
    case "ArrowDown": return leaves && go(box, 1);
    case "ArrowLeft": return (event.ctrlKey ? isDate(box) : leaves && first) && aside(box, -1);
    case "ArrowRight": return (event.ctrlKey ? isDate(box) : leaves && last) && aside(box, 1);
    case "Home": return event.ctrlKey ? go(box, 1, 0) : !isTyped(box) && aside(box, -Infinity);
    case "End": return event.ctrlKey ? go(box, -1, grid().querySelectorAll("tr[data-key]").length - 1) : !isTyped(box) && aside(box, Infinity);
    case "Enter":
      if (event.ctrlKey || box.matches("a, button")) return false;
      if (isTyped(box)) commit(box);
      go(box, event.shiftKey ? -1 : 1);
      return true;
    case "Escape":
      if (!isTyped(box) || !held.has(box) || box.value === held.get(box)) return false;
      box.value = held.get(box);
      return true;
    default: return false;
  }
}
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(`#grid :is(${boxes})`);
  if (!box || event.altKey || event.metaKey) return;
  if (act(box, event)) event.preventDefault();
});
