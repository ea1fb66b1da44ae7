// The ledger's numbers, and where the text prints them.

const LEDGER = JSON.parse(document.getElementById("ledger-data").textContent);
const NUMBERS = LEDGER.numbers;
const SOURCES = {
  data: "from the trial's data", protocol: "from the protocol", literature: "from the literature",
  document: "from this document", environment: "from the computing environment",
};

const PRINTED = new Map();
document.querySelectorAll("main a.n").forEach((anchor, place) => {
  anchor.id = `at-${place}`;
  const id = decodeURIComponent(anchor.hash.slice(3));
  if (!PRINTED.has(id)) PRINTED.set(id, []);
  PRINTED.get(id).push(anchor);
});

const CHILDREN = new Map();
for (const [id, number] of Object.entries(NUMBERS)) {
  for (const parent of number.parents ?? []) {
    if (!CHILDREN.has(parent)) CHILDREN.set(parent, []);
    CHILDREN.get(parent).push(id);
  }
}

// Numbers that the text prints first, in the order of the text, then the others.
function inOrder(ids) {
  const place = (id) => (PRINTED.has(id) ? Number(PRINTED.get(id)[0].id.slice(3)) : Infinity);
  return [...ids].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function words(text) {
  return text.replace(/\s+/g, " ").trim();
}

// Where an anchor stands: a table's row and column, or a heading; and the words around it.
function standing(anchor) {
  const cell = anchor.closest("td, th");
  const figure = anchor.closest("figure");
  if (cell) return { where: inTable(cell, figure), before: "", shown: anchor.textContent, after: "" };
  return { where: figure ? called(figure) : heading(anchor), ...sentence(anchor) };
}

// The shortest name of the place: a display or a heading.
function shortly(anchor) {
  const figure = anchor.closest("figure");
  return figure ? called(figure) : heading(anchor);
}

function called(figure) {
  return words(figure.querySelector("figcaption strong")?.textContent ?? "Display").replace(/\.$/, "");
}

function inTable(cell, figure) {
  const row = words(cell.parentElement.cells[0].textContent);
  const column = words(cell.closest("table").tHead?.rows[0].cells[cell.cellIndex]?.textContent ?? "");
  const name = figure ? called(figure) : words(cell.closest("section").querySelector("h2").textContent);
  return [name, cell.tagName === "TH" ? null : row, column].filter(Boolean).join(", ");
}

function heading(anchor) {
  let found = null;
  for (const head of document.querySelectorAll("#text :is(h2, h3, h4)")) {
    if (!(head.compareDocumentPosition(anchor) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
    found = head;
  }
  return found ? words(found.textContent) : "First page";
}

function sentence(anchor) {
  const block = anchor.closest("p, li, dd, figcaption, aside, div");
  const range = document.createRange();
  range.setStart(block, 0);
  range.setEndBefore(anchor);
  const text = block.textContent.replaceAll("\n", " ");
  const start = range.toString().length;
  const end = start + anchor.textContent.length;
  const [from, to] = bounds(text, start);
  return { before: text.slice(from, start), shown: anchor.textContent, after: text.slice(end, to) };
}

// Where the sentence around a place begins and ends; the whole text where the browser cannot tell.
function bounds(text, place) {
  if (!Intl.Segmenter) return [0, text.length];
  const found = new Intl.Segmenter("en", { granularity: "sentence" }).segment(text).containing(place);
  return found ? [found.index, found.index + found.segment.length] : [0, text.length];
}
