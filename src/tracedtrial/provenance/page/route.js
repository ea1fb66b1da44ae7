// What the address names is what the panel shows; focus goes there and comes back.

const PANEL = document.getElementById("panel");
const BODY = document.getElementById("panel-body");
const TOOLS = PANEL.querySelector(".tools");
const BACK = document.getElementById("back");
const SPOKEN = document.getElementById("spoken");
const INTRODUCTION = [...BODY.childNodes];
const VIEWS = {
  n: (id) => (Object.hasOwn(NUMBERS, id) ? certificate(id) : absent("number", id)),
  row: rowView, patient: patientView, table: tableView, q: searchView,
};
let cameFrom = null;
let typing = false;
let steps = 0;

function asked() {
  const [, kind, value] = /^#(n|row|patient|table|q)=(.*)$/s.exec(location.hash) ?? [];
  try {
    return kind ? [kind, decodeURIComponent(value)] : null;
  } catch {
    return [kind, value];
  }
}

function show() {
  const route = asked();
  markChosen(route);
  if (!route) return location.hash === "" || location.hash === "#" ? shut() : flash();
  const [kind, value] = route;
  BODY.replaceChildren(...VIEWS[kind](value));
  TOOLS.hidden = false;
  BACK.hidden = steps === 0;
  PANEL.classList.add("open");
  PANEL.scrollTop = 0;
  if (kind === "q" && FIELD.value !== value) FIELD.value = value;
  const head = document.getElementById("panel-title");
  SPOKEN.textContent = kind === "q" ? summary() : `${head.previousSibling.textContent}: ${head.textContent}`;
  if (!typing) head.focus({ preventScroll: true });
}

function summary() {
  return [...BODY.querySelectorAll("h3")].map((head) => head.textContent).join(", ");
}

function shut() {
  BODY.replaceChildren(...INTRODUCTION);
  TOOLS.hidden = true;
  PANEL.classList.remove("open");
}

// A place of the text was asked for: it shows, and on a narrow screen nothing lies over it.
function flash() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  PANEL.classList.remove("open");
  place.scrollIntoView({ block: place.matches("a.n") ? "center" : "start" });
  if (place.matches("a.n")) place.focus({ preventScroll: true });
}

function markChosen(route) {
  document.querySelectorAll("a.n[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  if (route?.[0] !== "n") return;
  (PRINTED.get(route[1]) ?? []).forEach((each) => each.setAttribute("aria-current", "true"));
}

function close() {
  history.pushState(null, "", location.pathname + location.search);
  markChosen(null);
  shut();
  FIELD.value = "";
  SPOKEN.textContent = "Closed";
  (cameFrom?.isConnected ? cameFrom : document.getElementById("text")).focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.("main a.n, nav a");
  if (!chosen) return;
  cameFrom = chosen;
  if (chosen.hash === location.hash) show();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && PANEL.classList.contains("open")) close();
  if (event.key === "/" && !event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    FIELD.focus();
  }
});

function search() {
  typing = true;
  history.replaceState(null, "", address("q", FIELD.value));
  show();
  typing = false;
}

FIELD.addEventListener("input", search);
FIELD.addEventListener("focus", () => { cameFrom = FIELD; });
FIELD.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    if (asked()?.[0] !== "q") search();
    BODY.querySelector("a")?.focus();
  }
});
FIELD.form.addEventListener("submit", (event) => event.preventDefault());

document.getElementById("close").addEventListener("click", close);
BACK.addEventListener("click", () => history.back());
document.getElementById("wider").addEventListener("click", (event) => {
  const wider = document.querySelector(".columns").classList.toggle("wider");
  event.currentTarget.setAttribute("aria-pressed", String(wider));
});
addEventListener("hashchange", () => {
  steps += 1;
  show();
});

if (asked()) {
  show();
  const [kind, value] = asked();
  if (kind === "n") PRINTED.get(value)?.[0].scrollIntoView({ block: "center" });
}
performance.mark("usable");
