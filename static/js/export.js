// The list behind a link that exports it may have been filtered since: what its address says now counts.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-export]");
  if (!link) return;
  const address = new URL(link.href);
  const query = new URLSearchParams(location.search);
  query.delete("page");
  query.set("format", address.searchParams.get("format"));
  link.href = `${address.pathname}?${query}`;
  link.closest("details").open = false;
});
