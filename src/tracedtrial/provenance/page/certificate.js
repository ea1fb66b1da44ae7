// The birth certificate of a number.

function certificate(id) {
  const number = NUMBERS[id];
  return [
    title(number.text, `Number, ${SOURCES[number.source]}`, id),
    section("Where it is printed", ...places(id)),
    section("What it is", factsOf(number), ...entryOf(number)),
    section("Its way", graph(id)),
    number.functions.length ? section("The code that made it", number.functions.map(code)) : null,
    Object.keys(number.records).length ? section("Raw rows by role", ...roles(number)) : null,
    CHILDREN.has(id) ? section("Numbers that rest on this one", numberList(CHILDREN.get(id))) : null,
  ].filter(Boolean);
}

function title(text, kind, name = "") {
  return el("header", null, el("p", { class: "kind" }, kind),
    el("h2", { id: "panel-title", tabindex: "-1" }, text), name ? el("p", { class: "name" }, el("code", null, name)) : null);
}

function places(id) {
  const anchors = PRINTED.get(id) ?? [];
  if (!anchors.length) return [el("p", { class: "quiet" }, "Nowhere in the text; the number is in the ledger alone.")];
  const list = el("ul", { class: "places" });
  const more = paged(list, anchors, (anchor) => {
    const { where, before, shown, after } = standing(anchor);
    return el("li", null, link(`#${anchor.id}`, where),
      before || after ? el("q", null, before.trimStart(), el("mark", null, shown), after.trimEnd()) : null);
  }, 5);
  return [list, more];
}

function factsOf(number) {
  const within = (number.population ?? "").split(", ").filter(Boolean);
  return facts([
    ["Unrounded value", number.value + (number.unit ? ` ${number.unit}` : "")],
    ["n/N", number.denominator === undefined ? "" : `${number.n} of ${number.denominator}`],
    ["Population", within.length ? within.map(population) : ""],
    ["Statistic", number.statistic],
    ["Method", number.method],
    ["Reference", number.citation ? cited(number.citation) : number.reference],
    ["Analysis", number.analysis],
    ["Variable", number.dataset],
    ["Other forms", Object.values(number.forms ?? {}).join(", ")],
  ]);
}

function population(name) {
  const { label, rule, source, why } = LEDGER.populations[name];
  return el("div", { class: "population" }, el("strong", null, label), el("span", null, ` (${name})`),
    el("p", null, `${rule}.`), el("p", { class: "quiet" }, [source, why].filter(Boolean).join(": ")));
}

function cited(work) {
  const entry = document.getElementById(`m-ref-${work}`);
  return entry ? [words(entry.textContent) + " ", link(`#${entry.id}`, "In the list of references")] : work;
}

function entryOf(number) {
  if (!number.section) return [];
  const text = LEDGER.sections[number.section];
  if (!text) return [facts([["Asked by", el("code", null, number.section)]])];
  return [disclosure(["Asked by ", el("code", null, number.section), " of the protocol"],
    () => el("pre", { tabindex: "0" }, text))];
}

function code(place) {
  const made = LEDGER.functions[place];
  const where = `${made.file}, lines ${made.first_line} to ${made.last_line}`;
  const numbered = made.lines.map((line, at) => el("li", null,
    el("span", { class: "line-number" }, String(made.first_line + at)),
    line.map(([kind, piece]) => (kind ? el("span", { class: `code-${kind}` }, piece) : piece))));
  return el("figure", { class: "code" }, el("figcaption", null, el("code", null, made.name), ` ${where}`),
    el("ol", { tabindex: "0", role: "group", "aria-label": `Source of ${made.name}` }, numbered),
    el("p", { class: "digest" }, `SHA-256 of this text ${made.sha256}`));
}

function roles(number) {
  const made = Object.entries(number.records).map(([role, set]) => roleOf(role, set));
  return HAS_ROWS ? made : [el("p", { class: "quiet" },
    "This page holds no patient's rows. Whoever has the raw tables can confirm the digests."), ...made];
}

function roleOf(role, set) {
  const { count, patients: many, digest } = LEDGER.sets[set];
  const summary = [el("span", { class: `role ${role}` }, role),
    ` ${counted(count, "row")}, ${counted(many, "patient")}`];
  const about = [el("p", null, `Rows that ${LEDGER.roles[role]}.`),
    el("p", { class: "digest" }, `Keyed digest ${digest}`)];
  if (!HAS_ROWS) return el("div", { class: "held" }, el("p", null, summary), ...about);
  return disclosure(summary, () => [...about, ...tablesOf(members(set))]);
}

function tablesOf(records) {
  return byTable(records).map(([table, own]) =>
    disclosure(`${table.domain}, ${table.title}: ${counted(own.length, "row")}`,
      () => rowsTable(table, own)));
}

function numberList(ids, size = 50) {
  const list = el("ul", { class: "numbers" });
  const more = paged(list, inOrder(ids), numberItem, size);
  return [list, more];
}

function numberItem(id) {
  const number = NUMBERS[id];
  return el("li", null, link(address("n", id), el("strong", null, number.text), " ",
    el("code", null, id)), el("span", { class: "quiet" },
    ` ${number.analysis ?? number.statistic}${PRINTED.has(id) ? "" : "; not in the text"}`));
}
