// The page as an app in the browser would make it: rendered late, inside a shadow root, with buttons that are none, fields that
// only count what was typed, and the user's name asked for before the password.
const source = new DOMParser().parseFromString(PAGE, 'text/html');
document.title = source.title;
customElements.define('sign-in-page', class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: 'open' });
    root.append(document.importNode(source.querySelector('main'), true));
    for (const form of root.querySelectorAll('form')) this.dress(form);
  }

  dress(form) {
    const typed = new Map();
    form.addEventListener('input', ({ target }) => typed.set(target.name, target.value));
    form.addEventListener('submit', (event) => event.preventDefault());
    const send = (button) => {
      const plain = document.createElement('form');
      plain.method = 'post';
      plain.action = form.getAttribute('action');
      const add = (name, value) => Object.assign(plain.appendChild(document.createElement('input')), { type: 'hidden', name, value });
      for (const field of form.querySelectorAll('input, select')) {
        if (/^(checkbox|radio)$/.test(field.type)) field.checked && add(field.name, field.value);
        else if (field.type === 'hidden' || field.tagName === 'SELECT') add(field.name, field.value);
        else add(field.name, typed.get(field.name) ?? '');
      }
      if (button.name) add(button.name, button.value);
      document.body.append(plain);
      plain.submit();
    };
    const press = (text, act) => {
      const own = document.createElement('div');
      own.setAttribute('role', 'button');
      own.tabIndex = 0;
      own.textContent = text;
      own.addEventListener('click', act);
      return own;
    };
    for (const button of form.querySelectorAll('button')) button.replaceWith(press(button.textContent, () => send(button)));
    const password = form.querySelector('[type=password]')?.closest('p');
    if (!password) return;
    const last = form.querySelector('[role=button]');
    const next = press('Next', () => { first.hidden = true; next.remove(); form.append(password, last); });
    const first = form.querySelector('input:not([type])').closest('p');
    password.remove();
    last.replaceWith(next);
  }
});
setTimeout(() => document.body.append(document.createElement('sign-in-page')), 150);
