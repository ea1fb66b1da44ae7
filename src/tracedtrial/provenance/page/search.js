// Search by id, printed text, patient, row or table.

const FIELD = document.getElementById("search");

// How well a number fits, 0 best; Infinity where it does not.
function fit(id, number, asked, parts) {
  const forms = [number.text, ...Object.values(number.forms ?? {})].map((form) => form.toLowerCase());
  if (id === asked) return 0;
  if (forms.includes(asked)) return 1;
  if (id.startsWith(asked)) return 2;
  const all = `${id} ${forms.join(" ")} ${number.statistic ?? ""} ${number.analysis ?? ""}`.toLowerCase();
  return parts.every((part) => all.includes(part)) ? 3 : Infinity;
}

function numbersFor(asked) {
  const parts = asked.split(/\s+/).filter(Boolean);
  const ranks = new Map(Object.entries(NUMBERS).map(([id, number]) =>
    [id, fit(id, number, asked, parts)]));
  return inOrder(Object.keys(NUMBERS)).filter((id) => ranks.get(id) < Infinity)
    .sort((a, b) => ranks.get(a) - ranks.get(b));
}

function searchView(text) {
  const asked = text.trim().toLowerCase();
  const numbers = asked ? numbersFor(asked) : inOrder(Object.keys(NUMBERS));
  const people = HAS_ROWS && asked ? patients().filter((each) => each.toLowerCase().includes(asked)) : [];
  const found = HAS_ROWS && asked ? tables().filter((table) =>
    table.domain.toLowerCase() === asked || asked.length > 2 &&
    `${table.file} ${table.title}`.toLowerCase().includes(asked)) : [];
  const [domain, ...rest] = text.trim().split(/[/ ]+/);
  const row = HAS_ROWS && rest.length === 2 && recordOf(domain, rest[0].toUpperCase(), rest[1]) !== undefined
    ? [domain.toLowerCase(), rest[0].toUpperCase(), rest[1]].join("/") : null;
  return [
    title(asked ? `“${text.trim()}”` : "All numbers", asked ? "Search" : "Ledger"),
    row ? section("Row", el("p", null, link(address("row", row), row))) : null,
    found.length ? section(counted(found.length, "table"), tableList(found)) : null,
    people.length ? section(counted(people.length, "patient"), patientList(people)) : null,
    section(counted(numbers.length, "number"), numberList(numbers)),
  ].filter(Boolean);
}

function patientList(people) {
  const list = el("ul", { class: "numbers" });
  return [list, paged(list, people, (each) => el("li", null, link(address("patient", each), each)), 20)];
}
