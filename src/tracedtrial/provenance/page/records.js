// Raw rows by record number, and the sets of them that numbers rest on.

const HAS_ROWS = document.body.dataset.build === "auditor";
let tablesRead = null;

function tables() {
  tablesRead ??= JSON.parse(document.getElementById("rows-data").textContent) ?? [];
  return tablesRead;
}

function tableOf(record) {
  return tables().findLast((table) => table.start <= record);
}

function tableNamed(domain) {
  return tables().find((table) => table.domain === domain.toUpperCase());
}

// The text of a row's cell; a column whose texts are all equal keeps one place for all rows.
function cellText(table, column, row) {
  const [texts, places] = table.columns[column];
  return texts[places === 0 ? 0 : places[row]] ?? "";
}

function named(table, name, row) {
  const column = table.names.indexOf(name);
  return column < 0 ? "1" : cellText(table, column, row);
}

function keyOf(record) {
  const table = tableOf(record);
  const row = record - table.start;
  return [table.domain.toLowerCase(), named(table, "USUBJID", row),
    named(table, `${table.domain}SEQ`, row)];
}

function recordOf(domain, patient, sequence) {
  const table = tableNamed(domain);
  const found = table ? rowsOfPatient(table, patient).find((row) =>
    named(table, `${table.domain}SEQ`, row) === sequence) : undefined;
  return found === undefined ? undefined : table.start + found;
}

function rowsOfPatient(table, patient) {
  const [texts, places] = table.columns[table.names.indexOf("USUBJID")];
  const place = texts.indexOf(patient);
  if (place < 0) return [];
  return Array.from({ length: table.count }, (_, row) => row)
    .filter((row) => (places === 0 ? 0 : places[row]) === place);
}

function patients() {
  const table = tableNamed("DM");
  return table ? table.columns[table.names.indexOf("USUBJID")][0] : [];
}

// The first records and the ends of a set's runs, from `gap.length gap.length ...` in base 36.
const runsRead = new Map();
function runsOf(set) {
  if (!runsRead.has(set)) {
    const starts = [], ends = [];
    let at = 0;
    for (const run of (LEDGER.sets[set].records ?? "").split(" ").filter(Boolean)) {
      const [gap, length] = run.split(".").map((digits) => parseInt(digits, 36));
      starts.push(at + gap);
      at += gap + length;
      ends.push(at);
    }
    runsRead.set(set, { starts, ends });
  }
  return runsRead.get(set);
}

function members(set) {
  const { starts, ends } = runsOf(set);
  return starts.flatMap((start, run) => Array.from({ length: ends[run] - start }, (_, n) => start + n));
}

function holds(set, record) {
  const { starts, ends } = runsOf(set);
  let low = 0, high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] <= record) low = middle + 1;
    else high = middle;
  }
  return low < starts.length && starts[low] <= record;
}

// role -> ids of the numbers that rest on any of the records in that role.
function restingOn(records) {
  const held = LEDGER.sets.map((_, set) => records.some((record) => holds(set, record)));
  const found = Object.fromEntries(Object.keys(LEDGER.roles).map((role) => [role, []]));
  for (const [id, number] of Object.entries(NUMBERS)) {
    for (const [role, set] of Object.entries(number.records)) {
      if (held[set]) found[role].push(id);
    }
  }
  return found;
}

function byTable(records) {
  return tables().map((table) => [table, records.filter((record) =>
    record >= table.start && record < table.start + table.count)]).filter(([, own]) => own.length);
}

// Rows of a table as they stand in the file; columns that say nothing here are left out.
function rowsTable(table, records) {
  const rows = records.map((record) => record - table.start);
  const columns = table.names.map((_, column) => column).filter((column) =>
    !["STUDYID", "DOMAIN", "USUBJID", `${table.domain}SEQ`].includes(table.names[column]) &&
    rows.some((row) => cellText(table, column, row) !== ""));
  const head = ["Row", "Patient", ...columns.map((column) => table.names[column])];
  const body = el("tbody");
  const more = paged(body, rows, (row) => rowElement(table, columns, row));
  const made = el("table", { class: "rows" },
    el("caption", null, `${table.file}: ${counted(rows.length, "row")}`),
    el("thead", null, el("tr", null, head.map((name) => el("th", { scope: "col" }, name)))), body);
  return [el("div", { class: "scroll", tabindex: "0", role: "region",
    "aria-label": `Rows of ${table.file}` }, made), more];
}

function rowElement(table, columns, row) {
  const key = keyOf(table.start + row);
  return el("tr", null,
    el("th", { scope: "row" }, link(address("row", key.join("/")), `${key[0].toUpperCase()} ${key[2]}`)),
    el("td", null, link(address("patient", key[1]), key[1])),
    columns.map((column) => el("td", null, cellText(table, column, row))));
}
