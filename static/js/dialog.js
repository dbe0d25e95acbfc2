// Forms that open over the page: fetched into #dialog, closed when they are saved.

const dialog = () => document.getElementById("dialog");
let opener = null;
let asShown = "";

const typed = (form) => new URLSearchParams(new FormData(form)).toString();
const isDirty = () => {
  const form = dialog()?.querySelector("form#form");
  const said = [...(dialog()?.querySelectorAll(".comment-write textarea") ?? [])];
  return (Boolean(form) && typed(form) !== asShown) || said.some((field) => field.value !== field.defaultValue);
};

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "dialog" && !event.detail.elt.closest("#dialog")) opener = event.detail.elt;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const box = dialog();
  if (event.detail.target?.id !== "dialog" && event.target !== box) return;
  if (!box || box.open) return;
  // A question that a key on the page led to: the answer leads back there.
  opener ??= document.activeElement;
  box.showModal();
  const form = box.querySelector("form#form");
  // A form that came back with refusals is still unsaved, so only a fresh one counts as shown.
  if (!box.querySelector("[role=alert], [data-unsaved]")) asShown = form ? typed(form) : "";
  const first = box.querySelector("#form [autofocus]") ?? box.querySelector("#form .field-wrong :is(input, select, textarea):not([type=hidden])")
    ?? box.querySelector("#form .field :is(input, select, textarea):not([type=hidden])") ?? box.querySelector(".comment-write textarea");
  first?.focus();
});

function close() {
  const box = dialog();
  box.close();
  box.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
}

function closeUnlessTyped(event) {
  event.preventDefault();
  if (!isDirty() || window.confirm("Close without saving what you changed?")) close();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-dialog]")) closeUnlessTyped(event);
});
// Choosing columns loads the page anew.
document.addEventListener("submit", (event) => {
  if (!event.target.closest("#dialog .columns")) return;
  if (isDirty() && !window.confirm("Choose columns without saving what you changed?")) event.preventDefault();
});
// Esc: a dialog's cancel does not bubble, so it is caught on its way down.
document.addEventListener("cancel", (event) => {
  if (event.target.id === "dialog") closeUnlessTyped(event);
}, true);

document.body.addEventListener("dialog-done", () => {
  close();
  const url = document.getElementById("panel")?.dataset.url;
  if (url) window.htmx.ajax("GET", url, { source: document.getElementById("panel"), target: "#panel", swap: "outerHTML" });
});
