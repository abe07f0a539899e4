
"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const scenarios = Array.from(document.querySelectorAll("details.scenario"));
  const areas = Array.from(document.querySelectorAll("section.area"));
  const texts = new Map();
  const text = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };

  const apply = () => {
    const choice = new FormData(form);
    const verdicts = new Set(choice.getAll("verdict"));
    const area = choice.get("area");
    const words = choice.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const node of scenarios) {
      const fits = verdicts.has(node.dataset.verdict)
        && (!area || node.dataset.area === area)
        && words.every((word) => text(node).includes(word));
      node.hidden = !fits;
      if (fits) count += 1;
    }
    for (const section of areas) section.hidden = !section.querySelector("details.scenario:not([hidden])");
    shown.textContent = count === scenarios.length ? `${count} scenarios` : `${count} of ${scenarios.length} scenarios`;
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    const entry = target.closest("details");
    if (entry) entry.open = true;
    target.scrollIntoView();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("input", apply);
  addEventListener("hashchange", reveal);
  if (scenarios.length > 0) {
    form.hidden = false;
    apply();
  }
  if (location.hash) reveal();
})();
