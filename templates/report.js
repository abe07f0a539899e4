
"use strict";
(() => {
  const main = document.getElementById("results");
  const form = document.getElementById("filter");
  const query = document.getElementById("query");
  const shown = document.getElementById("shown");
  const chips = Array.from(form.querySelectorAll(".chip"));
  const scenarios = Array.from(document.querySelectorAll("details.scenario"));

  // A node with attributes, events and children. Texts of the target enter the page as text only.
  const make = (name, given = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(given)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  // --- The filter -------------------------------------------------------------------------------------------------------

  const known = new Map();
  const facts = (node) => {
    if (!known.has(node)) {
      const of = (selector) => Array.from(node.querySelectorAll(selector), (found) => found.textContent);
      known.set(node, {
        verdict: node.dataset.verdict,
        id: node.querySelector(".inside").id,
        tags: of("dd > code").filter((text) => text.startsWith("@")).map((text) => text.slice(1)),
        steps: of(".g10 > code"),
        text: node.textContent.toLowerCase(),
      });
    }
    return known.get(node);
  };

  // What the filter asks is read when nobody waits, so that the first letter is as quick as the next.
  const learn = (deadline, at = 0) => {
    while (at < scenarios.length && deadline.timeRemaining() > 2) facts(scenarios[at++]);
    if (at < scenarios.length) requestIdleCallback((next) => learn(next, at));
  };
  window.requestIdleCallback?.(learn);

  // `s:fail`, `r:pkce`, `g:AUT-PAT-1`, `@tag`, words and "words in quotes", each with `!` before it for not.
  const KINDS = { "s:": "verdict", "r:": "id", "g:": "step" };
  const parse = (text) => (text.match(/!?(?:[srg]:)?"[^"]*"?|\S+/g) || []).map((token) => {
    const not = token.startsWith("!");
    const rest = not ? token.slice(1) : token;
    if (rest.startsWith("@")) return { not, kind: "tag", value: rest.slice(1) };
    const kind = KINDS[rest.slice(0, 2)];
    const value = (kind ? rest.slice(2) : rest).replace(/"/g, "");
    return { not, kind: kind || "text", value: kind ? value : value.toLowerCase() };
  }).filter((token) => token.value !== "");

  const holds = (token, own) => {
    switch (token.kind) {
      case "verdict": return own.verdict.startsWith(token.value);
      case "id": return own.id.startsWith(token.value);
      case "tag": return own.tags.includes(token.value);
      case "step": return own.steps.includes(token.value);
      default: return own.text.includes(token.value);
    }
  };

  // Of one kind any may hold, of different kinds all must; what is excluded may not hold, and each text must.
  const fits = (tokens, own) => {
    const wanted = new Map();
    for (const token of tokens) {
      const held = holds(token, own);
      if (token.not ? held : token.kind === "text" && !held) return false;
      if (!token.not) wanted.set(token.kind, wanted.get(token.kind) || held);
    }
    return Array.from(wanted.values()).every(Boolean);
  };

  const apply = () => {
    const tokens = parse(query.value);
    let count = 0;
    for (const node of scenarios) {
      const fitting = tokens.length === 0 || fits(tokens, facts(node));
      node.hidden = !fitting;
      if (fitting) count += 1;
    }
    document.getElementById("none").hidden = count > 0;
    const all = `${scenarios.length} scenario${scenarios.length === 1 ? "" : "s"}`;
    shown.textContent = count === scenarios.length ? all : `${count} of ${all}`;
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(query.value.split(/\s+/).includes(chip.dataset.token)));
    }
  };

  const remember = () => {
    const hash = query.value.trim() ? `#?q=${encodeURIComponent(query.value.trim())}` : "#scenarios";
    history.replaceState(null, "", hash);
  };

  const list = document.getElementById("scenarios");
  const search = (text) => {
    query.value = text;
    apply();
    remember();
    if (list.getBoundingClientRect().top < 0 || list.getBoundingClientRect().top > innerHeight / 2) list.scrollIntoView();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => search("")));
  query.addEventListener("input", () => { apply(); remember(); });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const words = query.value.split(/\s+/).filter(Boolean);
      const token = chip.dataset.token;
      search((words.includes(token) ? words.filter((word) => word !== token) : [...words, token]).join(" "));
    });
  }
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      query.focus();
    }
  });

  // --- The recorded exchanges -------------------------------------------------------------------------------------------

  let island;
  const open = () => (island ??= JSON.parse(document.getElementById("island").textContent));
  const unpacked = new Map();
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  // The part of a list that holds a place, and with what the part begins.
  const part = async ({ firsts, parts }, place) => {
    const which = firsts.findLastIndex((first) => first <= place);
    if (which < 0) return [[[], []], 0];
    if (!unpacked.has(parts[which])) unpacked.set(parts[which], unpack(parts[which]));
    return [await unpacked.get(parts[which]), firsts[which]];
  };
  // What is said of an exchange without its bodies, and its table; none where it was not recorded.
  const row = async (number) => {
    const [[rows, table]] = await part(open().exchanges, number);
    const own = rows.find((one) => one.number === number);
    return own && [own, table];
  };
  const bodyAt = async (place) => {
    if (place === null) return undefined;
    const [bodies, first] = await part(open().bodies, place);
    return bodies[place - first];
  };
  const exchange = async (number) => {
    const found = await row(number);
    if (!found) return null;
    const [own, table] = found;
    const response = own.answer && {
      status: own.answer[0], version: table[own.answer[1]], headers: table[own.answer[2]], body: await bodyAt(own.answer[3]),
    };
    const request = { method: own.method, url: own.url, headers: table[own.headers], body: await bodyAt(own.body) };
    return { ...own, purpose: table[own.purpose], curl: table[own.curl].join(own.url), request, response };
  };

  const took = (us) => us < 1e6 ? `${Math.round(us / 1000)} ms` : `${(us / 1e6).toFixed(1)} s`;

  // What findings name in a JSON document: `Patient.name.family`, of one resource where they say which, or a path in backticks.
  const TYPED = /\b([A-Z][A-Za-z]+)((?:\.[a-z]\w*(?:\[x\]|\[\d+\])?)+)/g;
  const PLAIN = /`([a-z_]\w*(?:\.[a-z_]\w*)*)`/g;
  const named = (root, text) => {
    const first = text.match(/first in ([A-Z]\w+)\/([\w.-]+)/);
    const roots = (type) => {
      const own = root?.resourceType === type ? [[root, []]] : [];
      const entries = Array.isArray(root?.entry) ? root.entry.map((one, at) => [one?.resource, ["entry", String(at), "resource"]]) : [];
      const all = own.concat(entries).filter(([one]) => one?.resourceType === type);
      const only = all.filter(([one]) => first && first[1] === type && one.id === first[2]);
      return only.length > 0 ? only : all;
    };
    const items = ([value, path]) => Array.isArray(value) ? value.map((one, at) => [one, [...path, String(at)]]) : [[value, path]];
    const step = (nodes, word) => {
      const [, name, mark] = word.match(/^(\w+)(?:\[(.+)\])?$/);
      const fits = (key) => mark === "x" ? key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)) : key === name;
      const next = nodes.flatMap(items).flatMap(([value, path]) => value !== null && typeof value === "object"
        ? Object.keys(value).filter(fits).map((key) => [value[key], [...path, key]]) : []);
      return /^\d+$/.test(mark ?? "") ? next.filter(([value]) => Array.isArray(value) && value.length > mark)
        .map(([value, path]) => [value[mark], [...path, mark]]) : next;
    };
    // What is not there is shown by what it is missing from.
    const find = (nodes, words) => {
      for (const word of words) {
        const next = step(nodes, word);
        if (next.length === 0) break;
        nodes = next;
      }
      return nodes.map(([, path]) => path).filter((path) => path.length > 0);
    };
    const typed = Array.from(text.matchAll(TYPED), ([, type, rest]) => find(roots(type), rest.slice(1).split(".")));
    const plain = Array.from(text.matchAll(PLAIN), ([, path]) => find([[root, []]], path.split(".")));
    return typed.concat(plain).flat().slice(0, 40);
  };

  // A JSON document in lines, what was named in it marked.
  const printed = (root, wanted) => {
    const marked = new Set(wanted.map((path) => path.join("\n")));
    const runs = [];
    const push = (text, on) => {
      const last = runs[runs.length - 1];
      if (last && last.on === on) last.text += `\n${text}`;
      else runs.push({ text, on });
    };
    const walk = (value, path, lead, tail, within) => {
      const on = within || marked.has(path.join("\n"));
      const own = value !== null && typeof value === "object" ? Object.entries(value) : [];
      if (own.length === 0) return push(`${lead}${JSON.stringify(value)}${tail}`, on);
      const [begin, end] = Array.isArray(value) ? "[]" : "{}";
      push(lead + begin, on);
      own.forEach(([key, one], at) => walk(one, [...path, key],
        "  ".repeat(path.length + 1) + (begin === "[" ? "" : `${JSON.stringify(key)}: `), at < own.length - 1 ? "," : "", on));
      push("  ".repeat(path.length) + end + tail, on);
    };
    walk(root, [], "", "", false);
    return runs.flatMap(({ text, on }, at) => [at > 0 ? "\n" : null, on ? make("mark", {}, text) : text]);
  };
  const json = (root, texts) => make("pre", { tabindex: 0 }, ...printed(root, texts.flatMap((text) => named(root, text))));
  const pretty = (text, texts) => {
    try { return json(JSON.parse(text), texts); } catch { return make("pre", { tabindex: 0 }, text); }
  };
  const body = (own, texts) => {
    switch (own?.kept) {
      case "text": return [pretty(own.text, texts), `${own.bytes} bytes`];
      case "shape": return own.outline === undefined || own.outline === null
        ? [null, `${own.bytes} bytes; not JSON, so nothing of it was kept`]
        : [json(own.outline, texts), `${own.bytes} bytes; only its structure was kept`];
      case "size": return [null, `${own.bytes} bytes; nothing of it was kept`];
      default: return [null, "no body"];
    }
  };
  const message = (headers, own, caption, texts) => {
    const [text, size] = body(own, texts);
    // Names of one word stand in many findings that are not about headers.
    const isNamed = ({ name }) => name.includes("-") && texts.some((text) => text.toLowerCase().includes(name.toLowerCase()));
    const rows = headers.map((header) => make("tr", {}, make("th", { scope: "row" }, header.name),
      make("td", {}, isNamed(header) ? make("mark", {}, header.value) : header.value)));
    const head = rows.length === 0 ? null : make("details", { class: "head", open: headers.some(isNamed) },
      make("summary", {}, `${rows.length} header${rows.length === 1 ? "" : "s"}`),
      make("table", { class: "headers" }, make("caption", { class: "unseen" }, caption), make("tbody", {}, ...rows)));
    return [head, text, make("p", { class: "hint" }, size)];
  };
  const copier = (text) => make("button", {
    type: "button", class: "copy",
    onclick: (event) => {
      const button = event.currentTarget;
      navigator.clipboard.writeText(text).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Cannot copy"; });
    },
  }, "Copy");
  const article = (own, texts) => {
    const answer = own.response ? String(own.response.status) : `no answer${own.error ? `: ${own.error}` : ""}`;
    return make("article", { class: "exchange", "data-number": own.number },
      make("p", { class: "line" },
        make("span", { class: "position" }, `#${own.number}`), " ", make("span", { class: "method" }, own.request.method), " ",
        make("code", {}, own.request.url), " ", make("span", { class: own.response ? "answer" : "answer none" }, answer)),
      make("p", { class: "hint" }, `${own.purpose}, ${new Date(own.started * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC, ${took(own.took_us)}`),
      make("h4", {}, "Request"), ...message(own.request.headers, own.request.body, "Request headers", []).filter(Boolean),
      make("h4", {}, "Answer ", ...(own.response ? [make("code", {}, `${own.response.version} ${own.response.status}`)] : [])),
      ...(own.response ? message(own.response.headers, own.response.body, "Answer headers", texts).filter(Boolean)
        : [make("p", { class: "note" }, answer)]),
      own.picture ? make("img", { class: "picture", alt: "The page as it was shown", src: `data:image/png;base64,${own.picture}` }) : null,
      make("h4", {}, "As curl"), make("div", { class: "with-copy" }, make("pre", { tabindex: 0 }, own.curl), copier(own.curl)));
  };
  const problem = (why) => make("p", { class: "note" }, `${why} run.json holds every exchange.`);
  const shownAs = async (number, texts = []) => {
    try {
      const own = await exchange(number);
      return own ? article(own, texts) : problem(`Exchange ${number} was not recorded.`);
    } catch {
      return problem("This browser cannot unpack the recorded exchanges.");
    }
  };

  // What a citation names is the number that it begins with.
  const numberOf = (cite) => Number(cite.textContent.match(/^#(\d+)/)[1]);
  const cited = (node) => Array.from(node.querySelectorAll(".cite"), numberOf);

  const show = async (pane, number) => {
    const findings = Array.from(pane.closest("details").querySelectorAll(".finding"));
    const texts = findings.filter((own) => cited(own).includes(number))
      .map((own) => Array.from(own.querySelectorAll("dd"), (one) => one.textContent).join("\n"));
    const own = await shownAs(number, texts);
    pane.querySelector(".exchange, .note")?.remove();
    pane.prepend(own);
    const mark = own.querySelector("pre mark");
    if (mark) mark.closest("pre").scrollTop = mark.offsetTop - mark.closest("pre").offsetTop - 40;
    for (const button of pane.querySelectorAll(".timeline button")) {
      button.setAttribute("aria-current", String(Number(button.dataset.exchange) === number));
    }
  };

  // The exchanges of a scenario in their order; the one that matters is shown first.
  const fill = async (node) => {
    const pane = node.querySelector(".evidence");
    if (pane.dataset.filled) return;
    pane.dataset.filled = "yes";
    for (const own of node.querySelectorAll(".copied")) own.after(copier(own.textContent));
    const numbers = node.dataset.exchanges.split(" ").filter(Boolean).map(Number);
    const cites = cited(node.querySelector(".told"));
    for (const number of cites) if (!numbers.includes(number)) numbers.push(number);
    if (numbers.length === 0) return;
    let all;
    try {
      all = await Promise.all(numbers.sort((a, b) => a - b).map(row));
    } catch {
      return pane.append(problem("This browser cannot unpack the recorded exchanges."));
    }
    const rows = all.filter(Boolean).map(([{ number, method, url, answer, took_us }]) => {
      return make("li", {}, make("button", { type: "button", "data-exchange": number, onclick: () => show(pane, number) },
        make("span", { class: "position" }, `#${number}`), make("span", { class: "method" }, method),
        make("code", {}, url), make("span", { class: "answer" }, answer === null ? "none" : String(answer[0])),
        make("span", { class: "took" }, took(took_us))));
    });
    pane.append(make("h4", {}, `Timeline, ${rows.length} exchange${rows.length === 1 ? "" : "s"}`), make("ol", { class: "timeline" }, ...rows));
    const written = pane.querySelector(".exchange");
    await show(pane, written ? Number(written.dataset.number) : cites[cites.length - 1] ?? numbers[numbers.length - 1]);
  };

  for (const cite of document.querySelectorAll(".cite")) {
    const number = numberOf(cite);
    const button = make("button", { type: "button", class: "cite", onclick: async () => {
      const node = button.closest("details.scenario");
      if (!node) return view(number);
      await fill(node);
      await show(node.querySelector(".evidence"), number);
      if (innerWidth < 1100) node.querySelector(".evidence").scrollIntoView();
    } }, cite.textContent);
    cite.replaceWith(button);
  }
  const viewer = document.getElementById("viewer");
  const view = async (number) => {
    viewer.lastElementChild.replaceChildren(await shownAs(number));
    viewer.showModal();
  };

  main.addEventListener("toggle", (event) => {
    if (event.target.matches("details.scenario") && event.target.open) fill(event.target);
  }, true);
  // What is open from the start is filled when it comes into view.
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        watcher.unobserve(entry.target);
        fill(entry.target);
      }
    }
  }, { rootMargin: "200px" });
  for (const node of scenarios) if (node.open) watcher.observe(node);

  // --- Addresses --------------------------------------------------------------------------------------------------------

  const follow = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("?q=")) return search(hash.slice(3));
    if (/^exchange-\d+$/.test(hash)) return view(Number(hash.slice(9)));
    const target = document.getElementById(hash);
    if (!target) return;
    const entry = target.closest("details");
    if (entry?.hidden) {
      query.value = "";
      apply();
    }
    if (entry) entry.open = true;
    // Rows get their true height when they come into view.
    let turns = 4;
    const settle = () => {
      (entry || target).scrollIntoView();
      if ((turns -= 1) > 0) requestAnimationFrame(settle);
    };
    settle();
  };
  addEventListener("hashchange", follow);
  form.hidden = scenarios.length === 0;
  apply();
  if (location.hash) follow();
})();
