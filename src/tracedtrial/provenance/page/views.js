// The other way: from a raw table, a row or a patient to the numbers that rest on it.

function rowView(key) {
  const [domain, patient, sequence] = key.split("/");
  const record = recordOf(domain ?? "", patient ?? "", sequence ?? "");
  if (record === undefined) return absent("row", key);
  const table = tableOf(record);
  const row = record - table.start;
  return [
    title(`${table.domain} ${sequence}`, `Raw row, ${table.title}`, key.toUpperCase()),
    el("p", null, `${table.file}, row ${table.rows[row]} of the file, of patient `,
      link(address("patient", patient), patient), "."),
    section("As it stands in the file", facts(table.names.map((name, column) =>
      [name, cellText(table, column, row)]))),
    section("Numbers that rest on this row", ...restingLists([record])),
  ];
}

function patientView(patient) {
  const records = tables().flatMap((table) => rowsOfPatient(table, patient).map((row) => table.start + row));
  if (!records.length) return absent("patient", patient);
  return [
    title(patient, "Patient"),
    section(`${counted(records.length, "raw row")}`, ...tablesOf(records)),
    section("Numbers that rest on this patient", ...restingLists(records)),
  ];
}

function restingLists(records) {
  const found = Object.entries(restingOn(records)).filter(([, ids]) => ids.length);
  if (!found.length) return [el("p", null, "None.")];
  return found.map(([role, ids]) => disclosure([el("span", { class: `role ${role}` }, role),
    ` ${counted(ids.length, "number")}`], () => [el("p", null, `In the role of rows that ${LEDGER.roles[role]}.`),
    ...numberList(ids)], role === "supports"));
}

function tableView(domain) {
  if (!domain) return [title("Raw tables", "Data"), tableList(tables())];
  const table = tableNamed(domain);
  if (!table) return absent("table", domain);
  const records = Array.from({ length: table.count }, (_, row) => table.start + row);
  return [
    title(`${table.domain}, ${table.title}`, "Raw table", table.file),
    el("p", { class: "digest" }, `SHA-256 ${LEDGER.inputs[table.file]}`),
    ...rowsTable(table, records),
  ];
}

function tableList(found) {
  return el("ul", { class: "numbers" }, found.map((table) => el("li", null,
    link(address("table", table.domain.toLowerCase()), el("strong", null, table.domain), ` ${table.title}`),
    el("span", { class: "quiet" }, ` ${counted(table.count, "row")}, ${table.file}`))));
}

function absent(kind, name) {
  const told = HAS_ROWS || kind === "number" ? `No ${kind} of this build is called so.`
    : "The public page holds no patient's data.";
  return [title(name, `Unknown ${kind}`), el("p", null, told)];
}
