// A menu that many rows share: a link with data-menu opens it, and it speaks of that link's row.
// Without this the link leads where its address says.

function open(link, menu) {
  const back = encodeURIComponent(location.pathname + location.search);
  for (const item of menu.querySelectorAll("a")) {
    item.href = item.dataset.address.replaceAll("__row__", link.dataset.row).replaceAll("__back__", back);
  }
  menu.showPopover();
  const at = link.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + height < innerHeight || at.top < height;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? at.bottom : at.top - height}px`;
  menu.querySelector("a")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-menu]");
  const menu = link && document.getElementById(link.dataset.menu);
  if (!menu?.showPopover) return;
  event.preventDefault();
  open(link, menu);
});

// Arrows walk through it; Esc closes it and the focus returns, which the browser does by itself.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".row-menu");
  if (!menu) return;
  const items = [...menu.querySelectorAll("a")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
});
