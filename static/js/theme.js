// Sets the theme before the first paint; small and blocking on purpose.
(function () {
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var wanted = root.dataset.theme;
    root.setAttribute("data-bs-theme", wanted === "dark" || (wanted !== "light" && dark.matches) ? "dark" : "light");
  }
  apply();
  dark.addEventListener("change", apply);
  root.classList.add("js");
})();
