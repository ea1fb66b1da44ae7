// Elements, built so that every text goes in as text and never as markup.

function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function link(to, ...children) {
  return el("a", { href: to }, ...children);
}

function address(kind, value) {
  return `#${kind}=${encodeURIComponent(value).replaceAll("%2F", "/")}`;
}

function counted(count, noun, nouns = `${noun}s`) {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : nouns}`;
}

// A list of facts; those without a value are left out.
function facts(pairs) {
  const told = pairs.filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return el("dl", { class: "facts" }, told.map(([name, value]) =>
    el("div", null, el("dt", null, name), el("dd", null, value))));
}

function section(title, ...children) {
  return el("section", null, el("h3", null, title), ...children);
}

// What is within is drawn when it is opened first.
function disclosure(summary, fill, open = false) {
  const made = el("details", null, el("summary", null, summary));
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(...[fill()].flat());
  });
  made.open = open;
  return made;
}

// The first items of a long list in `holder`, and a button for the next.
function paged(holder, items, draw, size = 50) {
  const rest = el("button", { type: "button", class: "more" });
  let shown = 0;
  const more = () => {
    const next = items.slice(shown, shown + size).map(draw);
    holder.append(...next);
    shown += next.length;
    rest.hidden = shown >= items.length;
    rest.textContent = `Show ${Math.min(size, items.length - shown)} more of ${counted(items.length, "")}`;
    return next[0];
  };
  rest.addEventListener("click", () => (more()?.querySelector("a, button") ?? rest).focus());
  more();
  return rest;
}
