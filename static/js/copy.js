// Copy what a box holds; the button shows itself where the browser can.
for (const button of document.querySelectorAll("[data-copy]")) {
  const box = document.getElementById(button.dataset.copy);
  const said = button.querySelector("span");
  const before = said.textContent;
  button.hidden = false;
  box.addEventListener("focus", () => box.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.value);
    } catch {
      // No right to the clipboard: it is selected, and the keys copy it.
      box.focus();
      said.textContent = "Press Ctrl+C";
      return;
    }
    said.textContent = button.dataset.done;
    setTimeout(() => { said.textContent = before; }, 3000);
  });
}
