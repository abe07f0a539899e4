// What the page shows: its controls, as a person would find them, also inside open shadow roots. The controls themselves come
// back beside their description, in the same order.
const words = (text) => (text || '').replace(/\s+/g, ' ').trim();
const all = (root, found) => {
  for (const element of root.querySelectorAll('*')) {
    found.push(element);
    if (element.shadowRoot) all(element.shadowRoot, found);
  }
  return found;
};
const shows = (element) => {
  if (element.closest('[aria-hidden="true"], [inert]') && element.type !== 'checkbox' && element.type !== 'radio') return false;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 0 && box.height > 0;
};
const label = (element) => {
  const root = element.getRootNode();
  const by = (element.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
  const named = words(by.map((id) => root.getElementById?.(id)?.textContent).join(' '));
  const labels = words([...(element.labels || [])].map((one) => one.innerText).join(' '));
  const own = /^(input|select|textarea)$/i.test(element.tagName) ? '' : words(element.innerText || element.textContent);
  const value = /^(submit|button|image|reset)$/.test(element.type || '') ? words(element.value || element.alt) : '';
  return named || words(element.getAttribute('aria-label')) || labels || own || value || words(element.placeholder) || words(element.title);
};
const kind = (element) => {
  const tag = element.tagName.toLowerCase();
  const role = element.getAttribute('role');
  if (tag === 'input') {
    const type = (element.getAttribute('type') || 'text').toLowerCase();
    if (/^(submit|image|button)$/.test(type)) return 'button';
    if (/^(checkbox|radio|password)$/.test(type)) return type;
    return /^(text|email|tel|number|search|url)$/.test(type) ? 'text' : '';
  }
  if (tag === 'select') return 'select';
  if (tag === 'textarea') return 'text';
  if (tag === 'button') return element.type === 'reset' ? '' : 'button';
  if (role === 'button' || role === 'menuitem') return 'button';
  if (role === 'checkbox' || role === 'switch') return 'checkbox';
  if (role === 'radio' || role === 'option') return 'radio';
  if (tag === 'a' && element.hasAttribute('href')) return role === 'button' ? 'button' : 'link';
  return '';
};
const marks = (element) => {
  const found = [];
  for (let place = element, steps = 0; place && steps < 3; place = place.parentElement, steps += 1) {
    for (const { name, value } of place.attributes || []) {
      if (/^(id|value|href|name|for)$|^data-/.test(name)) found.push(value);
    }
    if (/^(li|tr|article|label|form|body)$/i.test(place.tagName)) break;
  }
  return found;
};
const everything = all(document, []);
const text = [document.body?.innerText, ...everything.flatMap((one) => [...(one.shadowRoot?.children || [])]).map((one) => one.innerText)];
const elements = [];
const controls = [];
const asked = arguments[0] || [];
const fits = (element) => asked.filter((selector) => { try { return element.matches(selector); } catch { return false; } });
for (const element of everything) {
  const css = fits(element);
  const what = kind(element) || (css.length ? 'button' : '');
  if (!what || element.disabled || element.getAttribute('aria-disabled') === 'true') continue;
  const ticks = what === 'checkbox' || what === 'radio';
  const visible = shows(element) || (ticks && [...(element.labels || [])].some(shows));
  if (!visible) continue;
  const near = element.closest('li, tr, article, label, fieldset, [role="row"], [role="listitem"], [role="option"]');
  elements.push(element);
  controls.push({
    kind: what,
    name: element.getAttribute('name') || '',
    id: element.id || '',
    autocomplete: element.getAttribute('autocomplete') || '',
    label: label(element).slice(0, 200),
    value: String(element.value ?? ''),
    checked: element.checked === true || element.getAttribute('aria-checked') === 'true',
    in_list: !!element.closest('ul, ol, table, dl, [role="list"], [role="listbox"], [role="grid"], [role="table"]'),
    required: element.required === true || element.getAttribute('aria-required') === 'true',
    near: words(near?.innerText).slice(0, 300),
    marks: marks(element),
    css,
    options: element.tagName === 'SELECT' ? [...element.options].map((one) => [one.value, words(one.text)]) : [],
  });
}
const navigation = performance.getEntriesByType('navigation')[0];
const origins = [...new Set(performance.getEntriesByType('resource').map((one) => { try { return new URL(one.name).origin; } catch { return ''; } }))];
return [{
  url: location.href,
  title: words(document.title),
  text: words(text.join(' ')).slice(0, 4000),
  status: navigation?.responseStatus || 0,
  ready: document.readyState === 'complete',
  controls,
  frames: document.querySelectorAll('iframe, frame').length,
  origins,
  html: document.documentElement.outerHTML.slice(0, 200000),
}, elements];
