// The way of a number as a graph: raw tables, dataset, parents, statistic, printed text, sentences.

const SVG = "http://www.w3.org/2000/svg";

function ancestors(id, depth = 1, found = new Map()) {
  for (const parent of NUMBERS[id].parents ?? []) {
    if ((found.get(parent) ?? 0) < depth) {
      found.set(parent, depth);
      ancestors(parent, depth + 1, found);
    }
  }
  return found;
}

function inputsOf(id) {
  const number = NUMBERS[id];
  if (number.inputs.length) return number.inputs;
  return [{ protocol: "analysis/protocol.yaml", literature: number.section, document: number.section,
    environment: "installed packages" }[number.source] ?? "raw tables"];
}

function datasetOf(id) {
  const dataset = (NUMBERS[id].dataset ?? "").split(".")[0];
  return dataset.startsWith("AD") ? dataset : null;
}

// Layers from the top down, and the edges between the nodes' names.
function graphOf(id) {
  const older = ancestors(id);
  const all = [id, ...older.keys()];
  const own = NUMBERS[id];
  const sentences = (PRINTED.get(id) ?? []).slice(0, 3);
  const depths = [...new Set(older.values())].sort((a, b) => b - a);
  const layers = [
    ["From", [...new Set(all.flatMap(inputsOf))].map((file) => node(`in ${file}`, file.split("/").at(-1)))],
    ["Derived as", [...new Set(all.map(datasetOf).filter(Boolean))].map((name) => node(`set ${name}`, name))],
    ...depths.map((depth) => ["Rests on", [...older].filter(([, d]) => d === depth)
      .map(([parent]) => node(`n ${parent}`, NUMBERS[parent].text, parent, address("n", parent)))]),
    ["Computed", [node(`n ${id}`, own.value + (own.unit ? ` ${own.unit}` : ""), computing(own))]],
    ["Printed", [node("text", own.text, id)]],
    ["In the text", sentences.map((anchor) =>
      node(anchor.id, shortly(anchor), "", `#${anchor.id}`))],
  ];
  return { layers: layers.filter(([, nodes]) => nodes.length), edges: edgesOf(id, all, sentences) };
}

// What was computed, and by which function.
function computing(number) {
  const by = number.functions.map((place) => LEDGER.functions[place].name).join(", ");
  return by ? `${number.statistic}, by ${by}` : number.statistic;
}

function node(name, text, small = "", to = null) {
  return { name, text, small, to };
}

function edgesOf(id, all, sentences) {
  const edges = [["n " + id, "text"], ...sentences.map((anchor) => ["text", anchor.id])];
  const covered = new Set(all.slice(1).flatMap(inputsOf));
  for (const each of all) {
    const parents = NUMBERS[each].parents ?? [];
    parents.forEach((parent) => edges.push([`n ${parent}`, `n ${each}`]));
    const inputs = inputsOf(each).filter((file) => !parents.length || !covered.has(file));
    const dataset = datasetOf(each);
    const by = dataset ? `set ${dataset}` : `n ${each}`;
    inputs.forEach((file) => edges.push([`in ${file}`, by]));
    if (dataset && (!parents.length || inputs.length)) edges.push([by, `n ${each}`]);
  }
  return [...new Map(edges.map((edge) => [edge.join("\n"), edge])).values()];
}

function graph(id) {
  const { layers, edges } = graphOf(id);
  const boxes = new Map();
  const drawn = layers.map(([title, nodes]) => el("li", null, el("span", { class: "layer" }, title),
    el("span", { class: "nodes" }, nodes.map((each) => {
      const box = el(each.to ? "a" : "span", { class: "node", href: each.to },
        el("span", null, each.text), each.small ? el("small", null, each.small) : null);
      boxes.set(each.name, box);
      return box;
    }))));
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("aria-hidden", "true");
  const holder = el("div", { class: "graph" }, picture, el("ol", null, drawn));
  new ResizeObserver(() => drawEdges(picture, holder, boxes, edges)).observe(holder);
  return holder;
}

function drawEdges(picture, holder, boxes, edges) {
  const origin = holder.getBoundingClientRect();
  picture.setAttribute("width", origin.width);
  picture.setAttribute("height", origin.height);
  picture.replaceChildren(...edges.map(([from, to]) => {
    const upper = boxes.get(from).getBoundingClientRect();
    const lower = boxes.get(to).getBoundingClientRect();
    const [x, y] = [upper.left + upper.width / 2 - origin.left, upper.bottom - origin.top];
    const [u, v] = [lower.left + lower.width / 2 - origin.left, lower.top - origin.top];
    const bend = Math.max(6, (v - y) / 2);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", `M${x} ${y}C${x} ${y + bend} ${u} ${v - bend} ${u} ${v}`);
    return path;
  }));
}
