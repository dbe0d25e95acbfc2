// What is filled in is ticked: only ticked fields change.

document.addEventListener("input", (event) => {
  const field = event.target.closest(".bulk-field");
  if (!field || event.target.name === "set") return;
  field.querySelector("[name=set]").checked = true;
});
