// The editor for text with simple formatting. Without it, or until it has come, the textarea that
// it stands on takes the same text; the textarea stays what is sent.

const TOOLS = [
  [["attribute", "bold", "bold", "Bold", "b"], ["attribute", "italic", "italic", "Italic", "i"], ["attribute", "strike", "strikethrough", "Struck through"], ["attribute", "href", "link", "Link", "k"]],
  [["attribute", "heading1", "heading", "Heading"], ["attribute", "quote", "quote", "Quotation"], ["attribute", "code", "code", "Code"]],
  [["attribute", "bullet", "list", "List"], ["attribute", "number", "list-numbers", "Numbered list"], ["action", "decreaseNestingLevel", "indent-decrease", "Level up"], ["action", "increaseNestingLevel", "indent-increase", "Level down"]],
  [["action", "undo", "arrow-back-up", "Undo typing", "z"], ["action", "redo", "arrow-forward-up", "Type again", "shift+z"]],
];

let loading = null;
function load(area) {
  if (!loading) {
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: area.dataset.richStyle });
    document.head.append(style);
    loading = import(area.dataset.rich).then(async ({ default: Trix }) => {
      const { blockAttributes, textAttributes } = Trix.config;
      // A text stands within a page that has its own headings of the first and second order.
      blockAttributes.heading1.tagName = "h3";
      // What a link is being made of, in colours that go together.
      textAttributes.frozen.style = { backgroundColor: "Highlight", color: "HighlightText" };
      textAttributes.code = { tagName: "code", inheritable: true };
      await Promise.all(["trix-toolbar", "trix-editor"].map((name) => customElements.whenDefined(name)));
    });
  }
  return loading;
}

const sprite = () => document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svg.namespaceURI, "use");
  use.setAttribute("href", `${sprite()}#${name}`);
  svg.append(use);
  return svg;
}

const made = (tag, attributes, ...inner) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inner);
  return element;
};

function tool([kind, name, picture, label, key]) {
  const button = made("button", { type: "button", tabindex: "-1", [`data-trix-${kind}`]: name, title: label, "aria-label": label }, icon(picture));
  if (kind === "attribute") button.setAttribute("aria-pressed", "false");
  if (name === "href") button.dataset.trixAction = "link";
  if (key) button.dataset.trixKey = key;
  return button;
}

// The box for a link's address belongs to no form: it is not sent, and Enter in it saves nothing.
function linkBox() {
  const box = made("input", { type: "url", name: "href", form: "nowhere", class: "form-control", placeholder: "https://…", "aria-label": "Address of the link", "data-trix-input": "", "data-trix-validate-href": "", required: "", disabled: "" });
  const button = (label, method) => made("button", { type: "button", class: "btn btn-outline", "data-trix-method": method }, label);
  return made("div", { "data-trix-dialogs": "" }, made("div", { class: "rich-link", "data-trix-dialog": "href", "data-trix-dialog-attribute": "href" },
    box, button("Link", "setAttribute"), button("No link", "removeAttribute")));
}

function toolbar(id, label) {
  const groups = TOOLS.map((tools) => made("span", { class: "rich-group" }, ...tools.map(tool)));
  const row = made("div", { class: "rich-tools", role: "toolbar", "aria-label": `Format ${label}` }, ...groups);
  const bar = made("trix-toolbar", { id }, row, linkBox());
  const buttons = [...row.querySelectorAll("button")];
  buttons[0].tabIndex = 0;
  row.addEventListener("keydown", (event) => {
    const usable = buttons.filter((button) => !button.disabled);
    const at = usable.indexOf(event.target);
    const next = { ArrowRight: usable[at + 1] ?? usable[0], ArrowLeft: usable.at(at - 1), Home: usable[0], End: usable.at(-1) }[event.key];
    if (!next) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
  // The editor listens to the mouse only; a key presses the same button.
  row.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && event.detail === 0) button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  });
  return bar;
}

// Plain lines as the editor takes them; headings of the order that it knows.
function asMarkup(text) {
  const page = new DOMParser().parseFromString(text.includes("<") ? text : "", "text/html");
  if (!text.includes("<")) {
    text.split("\n").forEach((line, n) => page.body.append(...(n ? [page.createElement("br")] : []), line));
  }
  for (const heading of page.querySelectorAll("h1, h2")) heading.replaceWith(made("h3", {}, ...heading.childNodes));
  return page.body.innerHTML;
}

let counted = 0;
async function enhance(area) {
  area.dataset.richReady = "";
  try {
    await load(area);
  } catch {
    return;
  }
  if (!area.isConnected) return;
  const id = `rich-${(counted += 1)}`;
  const label = area.labels[0];
  // Its text without the sign that says that it is needed.
  const name = label?.firstChild?.textContent.trim() || area.getAttribute("aria-label") || "text";
  const editor = made("trix-editor", { id, toolbar: `${id}-tools`, class: "rich rich-box", "aria-label": name, "aria-multiline": "true" });
  for (const about of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (area.hasAttribute(about)) editor.setAttribute(about, area.getAttribute(about));
  }
  // The textarea is what is sent; the editor needs no input of its own.
  editor.willCreateInput = false;
  const box = made("div", { class: "rich-editor" }, toolbar(`${id}-tools`, name), editor);
  const had = document.activeElement === area;
  area.before(box);
  editor.editor.loadHTML(asMarkup(area.value));
  area.hidden = true;
  // Whoever leads to the field is led to the editor.
  area.focus = () => editor.focus();
  label?.addEventListener("click", (event) => { event.preventDefault(); editor.focus(); });
  if (had) editor.focus();

  const asShown = area.value;
  const asLoaded = editor.value;
  editor.addEventListener("trix-change", () => {
    // What was only looked at stays as it is, whatever another program wrote it with.
    area.value = editor.value === asLoaded ? asShown : editor.value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const event of ["trix-attributes-change", "trix-selection-change", "trix-toolbar-dialog-show", "trix-toolbar-dialog-hide"]) {
    editor.addEventListener(event, () => requestAnimationFrame(() => {
      for (const button of box.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", String(button.hasAttribute("data-trix-active")));
    }));
  }
  editor.addEventListener("blur", () => area.dispatchEvent(new Event("change", { bubbles: true })));
  editor.addEventListener("trix-file-accept", (event) => event.preventDefault());
  editor.addEventListener("trix-attachment-add", (event) => event.attachment.remove());
  // Ctrl+Enter sends the form, as in any box with lines.
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form?.requestSubmit(); }
  });
}

function all(root) {
  for (const area of root.querySelectorAll("textarea[data-rich]:not([data-rich-ready])")) enhance(area);
}
document.body.addEventListener("htmx:load", (event) => all(event.detail.elt.parentElement ?? event.detail.elt));
all(document);
