// A playbook's list of tasks: moved by Alt+arrows and by dragging; the focus stays with its line.

const list = () => document.getElementById("task-list");
const lineOf = (target) => target.closest?.(".task-line");
let stood = null;

// What was focused may be another element, hidden or disabled after the answer: its line keeps the focus.
document.body.addEventListener("htmx:beforeRequest", () => {
  const line = lineOf(document.activeElement);
  stood = line ? { id: document.activeElement.id, task: line.dataset.task } : null;
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (!stood || lineOf(document.activeElement)) return;
  if (document.activeElement !== document.body) return;
  const fallback = /^(start|end)-/.test(stood.id) ? "days" : "open";
  document.getElementById(`${fallback}-${stood.task}`)?.focus();
  stood = null;
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const line = step && event.altKey && lineOf(event.target);
  if (!line || event.target.matches("select")) return;
  event.preventDefault();
  line.querySelector(`[data-step=${step}]:not(:disabled)`)?.click();
});

// Dragging begins at the grip: a line that is always draggable could not have its text selected.
document.addEventListener("pointerdown", (event) => {
  const line = event.target.closest(".task-line");
  if (line) line.draggable = Boolean(event.target.closest("[data-grip]"));
});

let dragged = null;
const unmark = () => {
  for (const line of document.querySelectorAll(".is-over-before, .is-over-after")) {
    line.classList.remove("is-over-before", "is-over-after");
  }
};
// Pinned tasks stand first for this person: within each of the two parts tasks change places.
const fits = (line) => line && dragged && line !== dragged
  && line.classList.contains("is-pinned") === dragged.classList.contains("is-pinned");
function placeAt(line, y) {
  const box = line.getBoundingClientRect();
  return y < box.top + box.height / 2 ? "before" : "after";
}

document.addEventListener("dragstart", (event) => {
  dragged = lineOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.task);
  dragged.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  const line = lineOf(event.target);
  if (!fits(line)) return;
  event.preventDefault();
  unmark();
  line.classList.add(`is-over-${placeAt(line, event.clientY)}`);
});
document.addEventListener("drop", (event) => {
  const line = lineOf(event.target);
  if (!fits(line)) return;
  event.preventDefault();
  const form = document.getElementById("task-order");
  window.htmx.ajax("POST", form.action, {
    source: form,
    target: "#task-list",
    swap: "outerHTML",
    values: { place: `${dragged.dataset.task} ${placeAt(line, event.clientY)} ${line.dataset.task}`, shown: form.elements.shown.value },
  });
});
document.addEventListener("dragend", () => {
  unmark();
  dragged?.classList.remove("is-dragged");
  if (dragged) dragged.draggable = false;
  dragged = null;
});

// Esc closes the dates of a line, unless something was typed: that is never thrown away by a key.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.(".task-days[open]");
  if (!open || !list()?.contains(open)) return;
  const typed = [...open.querySelectorAll("input")].some((input) => input.value !== input.defaultValue);
  if (typed) return;
  event.preventDefault();
  open.open = false;
  open.querySelector("summary").focus();
});
