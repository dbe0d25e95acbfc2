// One owner only: choosing a team member, a role or a contact empties the other two boxes.
const OWNERS = ["owner", "owner_role", "owner_contact"];

document.addEventListener("change", (event) => {
  const { form, name, value } = event.target;
  if (!form?.matches("#form") || !OWNERS.includes(name) || !value) return;
  for (const other of OWNERS) {
    const box = other === name ? null : form.elements.namedItem(other);
    if (box?.matches?.("input[type=text], select")) box.value = "";
  }
});
