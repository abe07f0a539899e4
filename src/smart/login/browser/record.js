// Takes down what a person does on a page, and hands over what was taken down since the last call. What stands in a password
// field is never looked at.
const KEY = "probity-steps";
const take = (step) => {
  const all = JSON.parse(sessionStorage.getItem(KEY) || "[]");
  all.push(step);
  sessionStorage.setItem(KEY, JSON.stringify(all));
};
const text = (value) => (value || "").replace(/\s+/g, " ").trim();
const called = (element) => {
  const by = (element.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id));
  const labelled = by.filter(Boolean).map((own) => own.innerText).join(" ");
  const label = element.labels && element.labels.length ? element.labels[0].innerText : "";
  const own = element.matches("input, select, textarea") ? (element.matches("[type=submit], [type=button]") ? element.value : "") : element.innerText;
  return [element.getAttribute("aria-label"), labelled, label, own, element.placeholder, element.title, element.name, element.id]
    .map(text).find(Boolean) || "";
};
if (!window.probityRecords) {
  window.probityRecords = true;
  addEventListener("change", (event) => {
    const element = event.composedPath()[0];
    if (element.matches("[type=checkbox], [type=radio]")) {
      take({ act: "click", what: called(element) });
    } else if (element.matches("select")) {
      take({ act: "choose", what: called(element), text: text(element.selectedOptions[0] && element.selectedOptions[0].innerText), value: element.value });
    } else if (element.matches("input, textarea")) {
      const hidden = element.type === "password";
      take({ act: "fill", what: called(element), kind: element.type, autocomplete: element.autocomplete || "", text: hidden ? "" : element.value });
    }
  }, true);
  addEventListener("click", (event) => {
    const pressed = "button, a[href], [role=button], [type=submit], [type=button], [type=image]";
    const element = event.composedPath().find((own) => own.matches && own.matches(pressed));
    if (element) take({ act: "click", what: called(element) });
  }, true);
}
const all = JSON.parse(sessionStorage.getItem(KEY) || "[]");
sessionStorage.removeItem(KEY);
return all;
