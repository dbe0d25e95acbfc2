// People by their names: after an @ in a comment, or in a box for one person. Without this one
// types the name in full. Counts of comments follow what was said.

let list = null;      // the suggestions that are open
let box = null;       // the box that they belong to
let chosen = 0;
let asked = 0;

// What stands between the last @ before the caret and the caret; a whole box is one name.
function wanted(field) {
  if (!field.hasAttribute("data-mentions")) return { from: 0, text: field.value };
  const before = field.value.slice(0, field.selectionStart);
  const found = before.match(/(^|[^\w.+@-])@([^@\n]{0,40})$/u);
  return found && { from: before.length - found[2].length, text: found[2] };
}

function close() {
  list?.remove();
  box?.removeAttribute("aria-activedescendant");
  if (box?.tagName === "INPUT") box.setAttribute("aria-expanded", "false");
  list = null;
}

function mark(at) {
  const options = [...list.children];
  chosen = (at + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
  options[chosen].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", options[chosen].id);
}

function take(option) {
  const place = wanted(box);
  if (!place) return close();
  const value = option.dataset.value;
  const end = box.hasAttribute("data-mentions") ? box.selectionStart : box.value.length;
  const after = box.hasAttribute("data-mentions") ? " " : "";
  box.setRangeText(value + after, place.from, end, "end");
  close();
  box.focus();
}

function show(people) {
  close();
  if (!people.length) return;
  list = document.createElement("ul");
  list.id = "people-list";
  list.className = "people-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People");
  people.forEach((person, place) => {
    const option = document.createElement("li");
    option.id = `people-${place}`;
    option.setAttribute("role", "option");
    option.dataset.value = person.value;
    const hint = document.createElement("span");
    hint.className = "muted";
    hint.textContent = person.hint;
    option.append(person.name, " ", hint);
    // Not click: the box would lose the focus first.
    option.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
    list.append(option);
  });
  // Beside the box, so that it is within an open dialog too.
  box.after(list);
  box.setAttribute("aria-controls", list.id);
  if (box.tagName === "INPUT") { box.setAttribute("role", "combobox"); box.setAttribute("aria-expanded", "true"); }
  mark(0);
}

async function ask(field) {
  const place = wanted(field);
  const mine = ++asked;
  if (!place || (!field.hasAttribute("data-mentions") && place.text.trim().length < 1)) return close();
  try {
    const answer = await fetch(`${field.dataset.people}?q=${encodeURIComponent(place.text)}`, { headers: { Accept: "application/json" } });
    if (mine !== asked || !answer.ok || document.activeElement !== field) return;
    box = field;
    show((await answer.json()).people);
  } catch {
    close();
  }
}

let waiting = 0;
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-people]");
  if (!field) return;
  clearTimeout(waiting);
  if (!wanted(field)) { asked += 1; close(); return; }
  waiting = setTimeout(() => ask(field), 120);
});

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-people]");
  if (!field) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    close();
    field.form.requestSubmit();
    return;
  }
  if (!list || field !== box) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(chosen + (event.key === "ArrowDown" ? 1 : -1)); }
  else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(list.children[chosen]); }
  else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
}, true);

document.addEventListener("focusout", (event) => { if (event.target === box) close(); });

// An answer box that opens is written in at once.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.answer") && event.target.open) event.target.querySelector("textarea")?.focus();
}, true);

// What stands half typed in the other boxes of a thread stays when the thread is shown anew.
let kept = new Map();
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig, xhr } = event.detail;
  if (!target?.matches?.(".comments")) return;
  const sent = xhr.status < 300 ? requestConfig?.elt?.closest("form") : null;
  kept = new Map();
  for (const field of target.querySelectorAll("textarea")) {
    if (field.form !== sent && field.value !== field.defaultValue) kept.set(field.id, field.value);
  }
});
document.body.addEventListener("htmx:afterSettle", () => {
  for (const [id, value] of kept) {
    const field = document.getElementById(id);
    if (!field || field.value !== field.defaultValue) continue;
    field.value = value;
    field.closest("details")?.setAttribute("open", "");
  }
  kept = new Map();
});

// An address that leads to one comment keeps the browser from doing this by itself.
addEventListener("load", () => document.querySelector("details.answer[open] textarea[autofocus]")?.focus());

// A swapped-in form says itself where the typing goes on.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches?.(".comments, .collaborators")) event.target.querySelector("[autofocus]")?.focus();
});

document.body.addEventListener("comments-changed", (event) => {
  const { kind, id, open, total } = event.detail;
  for (const place of document.querySelectorAll(`[data-comment-count="${kind}:${id}"]`)) {
    place.textContent = total || "";
    place.title = total ? `${total} comments, ${open} open` : "";
  }
});
