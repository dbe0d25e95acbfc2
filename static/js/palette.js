// Find or do anything: a dialog whose list the server fills while one types. The focus stays in the
// box; the arrows walk the list, Enter opens what is chosen, Ctrl-Enter opens it in a new tab.
import { acts } from "./keys.js";

const palette = document.getElementById("palette");
const box = document.getElementById("palette-text");
const form = document.getElementById("palette-form");
const options = () => [...palette.querySelectorAll("[role=option]")];
const chosen = () => palette.querySelector("[aria-selected=true]");

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) { box.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function open() {
  if (palette.open) { box.select(); return; }
  palette.showModal();
  box.value = "";
  box.focus();
  window.htmx.trigger(form, "palette-open");
}

function close() { palette.close(); }

function use(option, aside) {
  if (!option) return;
  const { act } = option.dataset;
  if (option.href && aside) { window.open(option.href, "_blank", "noopener"); return; }
  // A click that came by key: the same as one by hand.
  option.click();
  if (act) close();
}

document.addEventListener("palette", open);
for (const button of document.querySelectorAll("[data-open-palette]")) {
  button.addEventListener("click", (event) => { event.preventDefault(); open(); });
}

palette?.addEventListener("click", (event) => {
  if (event.target === palette || event.target.closest("[data-close-palette]")) { close(); return; }
  const option = event.target.closest("[role=option]");
  if (option?.dataset.act) { close(); acts[option.dataset.act]?.(); }
});
palette?.addEventListener("htmx:afterSwap", () => choose(options()[0]));
palette?.addEventListener("mousemove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen()) choose(option);
});
form?.addEventListener("submit", (event) => { event.preventDefault(); });

box?.addEventListener("keydown", (event) => {
  const all = options();
  const at = all.indexOf(chosen());
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(all.at(at <= 0 ? -1 : at - 1));
  else if (event.key === "Enter") use(chosen(), event.ctrlKey || event.metaKey);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
