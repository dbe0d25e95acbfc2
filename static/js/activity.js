// Activities are noted without leaving the page: every link to a new one opens the form over it.

const NEW = /^\/activities\/new\/(\?|$)/;

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  const link = event.target.closest?.("a[href]");
  if (!link || !NEW.test(link.getAttribute("href")) || !document.getElementById("dialog")) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover?.();
  // A menu closes by itself: the focus comes back to what opened it.
  const menu = link.closest(".dropdown")?.querySelector("[data-bs-toggle]");
  window.htmx.ajax("GET", link.getAttribute("href"), { source: menu ?? link, target: "#dialog", swap: "outerHTML" }).catch(() => {});
});

// A list that shows what was just noted, or promised in it.
document.body.addEventListener("record-changed", (event) => {
  const list = document.getElementById("list");
  if (event.detail?.kind !== "activity" || !list || !/^\/(activities|tasks)\/$/.test(location.pathname)) return;
  window.htmx.ajax("GET", location.pathname + location.search, { source: list, target: list, swap: "outerHTML" }).catch(() => {});
});
