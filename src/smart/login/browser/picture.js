// Covers what a picture of the page must not show: what is filled in and, where all is wanted, every text and image. Gives the
// text that stays readable, or nothing where a part of the page cannot be covered. Called without a choice it takes the cover off.
const [choice] = arguments;
const top = window.top.document;
const roots = [];
const walk = (root) => {
  roots.push(root);
  for (const element of root.querySelectorAll('*')) {
    if (element.shadowRoot) walk(element.shadowRoot);
    if (/^i?frame$/.test(element.localName) && element.contentDocument) walk(element.contentDocument);
  }
};
walk(top);
for (const root of roots) {
  const kept = Array.from(root.adoptedStyleSheets).filter((sheet) => !sheet.isCover);
  root.adoptedStyleSheets = kept;
}
if (choice === undefined || choice === null) return '';
const fields = 'input:not([type=submit], [type=button], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';
// What lies in closed shadow roots or in frames of others cannot be looked into.
const closed = new Set(['object', 'embed', 'video']);
for (const root of roots) {
  for (const element of root.querySelectorAll('*')) {
    if (element.localName.includes('-') && !element.shadowRoot && element.childElementCount === 0) closed.add(element.localName);
    if (/^i?frame$/.test(element.localName) && !element.contentDocument) closed.add(element.localName);
  }
}
const unseen = '{ visibility: hidden !important; }';
const clear = 'color: transparent !important; -webkit-text-fill-color: transparent !important;' +
  ' -webkit-text-stroke: 0 !important; text-shadow: none !important;';
let rules = `*, *::before, *::after { transition: none !important; animation: none !important; }
  ${fields} { ${clear} } ${Array.from(closed).join(', ')} ${unseen}`;
if (choice === 'all') {
  rules += ` *, *::before, *::after, *::placeholder { ${clear} background-image: none !important; list-style: none !important; }
    p, span, a, label, button, h1, h2, h3, h4, li, td, th, legend, div { text-decoration: line-through 0.7em #9aa2ab !important; }
    img, svg, canvas, picture, iframe, frame ${unseen}`;
}
for (const root of roots) {
  const view = (root.ownerDocument || root).defaultView;
  const sheet = new view.CSSStyleSheet();
  // What is important in a layer is stronger than what the page itself says is important.
  sheet.replaceSync(`@layer cover { ${rules} }`);
  sheet.isCover = true;
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
return roots.map((root) => (root.body || root).innerText ?? root.textContent ?? '').join('\n');
