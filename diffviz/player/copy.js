// Copying: a line with an address, and what lies in a field.

// The clipboard is closed to pages that do not come over https; then what is selected is copied.
async function copyFrom(field, say, done) {
  field.select();
  const copied = await (navigator.clipboard?.writeText(field.value) ?? Promise.reject()).then(
    () => true,
    () => document.execCommand("copy"),
  );
  say(copied ? done : "This browser does not let a page copy: press Ctrl+C.");
}

// address: a function, for it may change while the line stands. lacks: a sentence for each choice that it does not hold.
function buildLink(what, address, lacks, say) {
  const field = element("input", { readonly: "", "aria-label": what, value: address() });
  const press = element("button", { type: "button" }, "Copy");
  field.onfocus = () => {
    field.value = address();
    field.select();
  };
  press.onclick = () => {
    field.value = address();
    copyFrom(field, say, "The link is copied.");
  };
  const row = element("div", { class: "row wide", role: "group", "aria-label": what }, element("span", {}, what), field, press);
  return [row, ...lacks.map((sentence) => element("p", {}, sentence))];
}
