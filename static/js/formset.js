// "Add row" without a round trip; without this module the button asks the server for one.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=add_row]");
  const set = button?.closest("[data-formset]");
  const empty = set?.querySelector("template[data-empty]");
  if (!empty) return;
  event.preventDefault();
  const total = set.querySelector(`[name="${set.dataset.formset}-TOTAL_FORMS"]`);
  const made = document.createElement("template");
  made.innerHTML = empty.innerHTML.replaceAll("__prefix__", total.value);
  total.value = Number(total.value) + 1;
  const row = made.content.firstElementChild;
  set.querySelector("table").append(row);
  window.htmx?.process(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
