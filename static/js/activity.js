// Activities are noted without leaving the page: every link to a new one opens the form over it.

const NEW = /^\/activities\/new\/(\?|$)/;

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  const link = event.target.closest?.("a[href]");
  if (!link || !NEW.test(link.getAttribute("href")) || !document.getElementById("dialog")) return;
  event.preventDefault();
  // A menu closes, and the focus comes back to what opened it.
  const box = link.closest("[popover]");
  box?.hidePopover();
  const opened = box && document.activeElement !== document.body ? document.activeElement : null;
  const source = opened ?? link.closest(".dropdown")?.querySelector("[data-bs-toggle]") ?? link;
  window.htmx.ajax("GET", link.getAttribute("href"), { source, target: "#dialog", swap: "outerHTML", select: "#dialog" }).catch(() => {});
});

// A promise of the notes that is ticked becomes a row, where a day and a name can be added to it.
document.addEventListener("change", (event) => {
  const box = event.target.closest?.("[name=suggested]");
  if (!box?.checked) return;
  const empty = () => [...document.querySelectorAll("#promises [data-row]")]
    .find((row) => !row.querySelector("[name$=-name]").value);
  if (!empty()) document.querySelector("#promises [name=add_row]")?.click();
  const row = empty();
  if (!row) return;
  row.querySelector("[name$=-name]").value = box.dataset.text;
  row.querySelector("[name$=-who]").value = box.dataset.side;
  box.closest("li").remove();
  const left = document.querySelector("#suggestions li");
  if (!left) document.querySelector("#suggestions fieldset")?.remove();
  row.querySelector("[name$=-end_date]").focus();
});
