// What every page shares: messages, failures that stay visible, keys, the side panel.

const notices = document.getElementById("notices");

export function notice(text, level = "info", action = null, after = 6000) {
  const box = document.createElement("div");
  box.className = `notice notice-${level}`;
  box.append(text);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link";
    button.textContent = action.label;
    button.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(" ", button);
  }
  notices.append(box);
  const stays = level === "danger" || action;
  if (stays) box.append(closer(box));
  else fade(box, after);
  return box;
}

function closer(box) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "notice-close";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => box.remove());
  return close;
}

// It goes by itself, unless somebody is about to use it.
function fade(box, after) {
  setTimeout(() => (box.matches(":hover, :focus-within") ? fade(box, 2000) : box.remove()), after);
}

// The form that undoes what a message speaks of; it leads back to this page.
function undoForm(address) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  form.className = "notice-undo";
  const sent = { csrfmiddlewaretoken: cookie("csrftoken"), next: location.pathname + location.search };
  for (const [name, value] of Object.entries(sent)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  const button = document.createElement("button");
  button.className = "btn btn-link";
  button.textContent = "Undo";
  form.append(button);
  return form;
}

// Messages that came with the page fade like the others.
for (const box of notices.querySelectorAll(".notice")) {
  const acts = box.querySelector("form");
  fade(box, acts ? 12000 : 8000);
  if (acts) box.append(closer(box));
}

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

// Signing in again rotates the token, so it is read at each request.
document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
});

document.body.addEventListener("toast", (event) => {
  const { text, level, undo } = event.detail;
  // One change at hand at a time: the last one.
  if (undo) notices.querySelector(".notice:has(.notice-undo)")?.remove();
  const box = notice(text, level, null, undo ? 12000 : 6000);
  if (undo) box.append(undoForm(undo), closer(box));
});

// The same request again, from the same element, with what stands typed in it.
function again(detail) {
  const { elt, requestConfig: config } = detail;
  window.htmx.ajax(config.verb, config.path, {
    source: elt, target: config.target ?? detail.target, swap: elt.closest("[hx-swap]")?.getAttribute("hx-swap") ?? "outerHTML",
    values: Object.fromEntries(config.formData ?? Object.entries(config.parameters ?? {})),
  }).catch(() => {});
}

let signedOut = null;
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (event.detail.elt.hasAttribute("data-poll")) return;
  if (xhr.status === 401) {
    signedOut?.remove();
    signedOut = notice("You are signed out. Sign in in a new tab, then retry: what you typed is kept.", "danger", {
      label: "Retry", run: () => again(event.detail),
    });
    const link = document.createElement("a");
    link.href = "/auth/login/";
    link.target = "_blank";
    link.className = "btn btn-link";
    link.textContent = "Sign in";
    signedOut.querySelector("button").before(link);
    return;
  }
  if (xhr.getResponseHeader("HX-Trigger")?.includes("toast")) return;
  const known = {
    403: "You may not do this.",
    404: "This record is gone, or you may not see it.",
    429: "Too many tries. Wait a moment, then try again.",
  };
  notice(known[xhr.status] ?? `The server could not do this (${xhr.status}). What you typed is kept.`, "danger", {
    label: "Retry", run: () => again(event.detail),
  });
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(name, (event) => {
    if (event.detail.elt.hasAttribute("data-poll")) return;
    notice("No answer from the server. What you typed is kept.", "danger", {
      label: "Retry", run: () => again(event.detail),
    });
  });
}

// Feedback within 100 ms.
const line = document.getElementById("progress-line");
let running = 0;
const asksItself = (event) => event.detail.elt.hasAttribute("data-poll");
document.body.addEventListener("htmx:beforeRequest", (event) => { if (asksItself(event)) return; running += 1; line.classList.add("busy"); });
document.body.addEventListener("htmx:afterRequest", (event) => { if (asksItself(event)) return; running -= 1; if (running <= 0) { running = 0; line.classList.remove("busy"); } });

// The side panel: opened by htmx, closed with Esc or its button; focus returns to where it was.
let opener = null;
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "panel" && !event.detail.elt.closest("#panel")) opener = event.detail.elt;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "panel" || event.target.id === "panel") {
    document.getElementById("panel")?.focus({ preventScroll: true });
  }
});

export function closePanel() {
  const panel = document.getElementById("panel");
  if (!panel || panel.hidden) return false;
  panel.hidden = true;
  panel.classList.remove("panel-open");
  panel.replaceChildren();
  document.dispatchEvent(new CustomEvent("panel-closed"));
  opener?.isConnected && (opener.closest("[tabindex]") ?? opener).focus();
  return true;
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-panel]")) closePanel();
});

// The rail on small screens.
const toggle = document.querySelector(".rail-toggle");
toggle?.addEventListener("click", () => {
  const open = document.body.classList.toggle("rail-open");
  toggle.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#rail a")?.focus();
});
document.addEventListener("click", (event) => {
  if (document.body.classList.contains("rail-open") && !event.target.closest("#rail, .rail-toggle")) {
    document.body.classList.remove("rail-open");
    toggle?.setAttribute("aria-expanded", "false");
  }
});

// The column chooser: move entries up and down; the form says the rest.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) {
    for (const open of document.querySelectorAll("details.columns[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    return;
  }
  const item = button.closest("li");
  if (button.dataset.move === "up") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
});

// Esc: the other keys are in keys.js.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[open].columns")) open.open = false;
  if (document.body.classList.contains("rail-open")) { document.body.classList.remove("rail-open"); toggle.focus(); return; }
  if (!document.querySelector("dialog[open]") && !event.defaultPrevented) closePanel();
});

// On a phone the tabs scroll: the one that is open is in sight.
const openTab = document.querySelector(".tabs .active");
if (openTab) openTab.parentElement.scrollLeft = openTab.offsetLeft - openTab.parentElement.offsetLeft - 16;
