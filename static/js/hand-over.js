// Handing over: choosing somebody chooses the rule they belong to; one tick for all of a group.
const form = document.querySelector("form.hand-over");

function boxes(all) {
  const lines = all.closest("fieldset").querySelector(".hand-lines");
  return [...lines.querySelectorAll("input[type=checkbox]")];
}

function show(all) {
  const ticked = boxes(all).filter((box) => box.checked).length;
  all.checked = ticked === boxes(all).length;
  all.indeterminate = ticked > 0 && !all.checked;
}

form?.addEventListener("change", ({ target }) => {
  if (target.dataset.rule && (target.checked || target.value)) {
    document.getElementById(target.dataset.rule).checked = true;
  }
  if ("all" in target.dataset) {
    for (const box of boxes(target)) box.checked = target.checked;
  }
  const all = target.closest("fieldset").querySelector("[data-all]");
  if (all) show(all);
});

for (const all of form?.querySelectorAll("[data-all]") ?? []) {
  all.closest("label").hidden = false;
  show(all);
}
