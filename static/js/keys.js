// The keys of every page. What each does stands in the list that `?` shows: a key is obeyed only
// when the list tells of it.

const list = document.getElementById("keys");
const told = new Map([...(list?.querySelectorAll("[data-key]") ?? [])].map((one) => [one.dataset.key, one.dataset]));
const typing = (target) => target.closest("input, select, textarea, [contenteditable], trix-editor, dialog[open]");

export const acts = {
  keys: () => list.showModal(),
  palette: () => document.dispatchEvent(new CustomEvent("palette")),
  create: () => {
    const button = document.getElementById("create-button");
    if (!button) return false;
    button.click();
    // The menu opens first; then its first entry has the focus, and the arrows walk on.
    requestAnimationFrame(() => button.nextElementSibling.querySelector("a")?.focus());
    return true;
  },
  search: () => {
    const search = document.querySelector("main input[type=search]");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  undo: () => {
    const undo = document.querySelector("#notices .notice-undo button");
    undo?.focus();
    return Boolean(undo);
  },
};

function obey(key) {
  const said = told.get(key);
  if (!said) return false;
  if (said.go) { location.href = said.go; return true; }
  return acts[said.act]?.() !== false;
}

let before = "";
let since = 0;
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    acts.palette();
    return;
  }
  if (event.ctrlKey || event.metaKey || typing(event.target)) return;
  const first = Date.now() - since < 1500 ? before : "";
  before = event.key;
  since = Date.now();
  if ((first && obey(`${first} ${event.key}`)) || obey(event.key)) {
    before = "";
    event.preventDefault();
  }
});
