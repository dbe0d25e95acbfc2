// What stays fresh by itself: asked for every 60 seconds, by the tab that is looked at alone.

const EVERY = 60_000;
let last = Date.now();

function ask() {
  if (document.visibilityState !== "visible" || Date.now() - last < EVERY) return;
  last = Date.now();
  for (const one of document.querySelectorAll("[data-poll]")) window.htmx.trigger(one, "poll");
}

setInterval(ask, 5_000);
document.addEventListener("visibilitychange", ask);
