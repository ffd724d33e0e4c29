const PAGE = 200;
const tools = document.getElementById("sample-tools");
const list = document.getElementById("list");
const more = document.getElementById("more");
const scenarioKey = (sample) => `${data.scenarios[sample.scenario].family}/${data.scenarios[sample.scenario].id}`;

/** What a search looks at, made when it is first needed. */
const haystacks = new Map();
function haystack(sample) {
  if (!haystacks.has(sample)) {
    const scenario = data.scenarios[sample.scenario];
    haystacks.set(sample, [
      sample.id, scenario.title, scenarioKey(sample), entrantName(sample.entrant), sample.outcome, sample.reason,
      ...sample.paths.map((path) => data.paths[path]),
      ...sample.notPassed.flatMap((check) => [data.checks[check].id, data.checks[check].title]),
    ].join("\n").toLowerCase());
  }
  return haystacks.get(sample);
}

const columns = [
  scenarioKey,
  (sample) => sample.epoch,
  (sample) => entrantName(sample.entrant),
  (sample) => sample.outcome,
  (sample) => sample.score ?? -1,
  (sample) => ({ true: 2, false: 1, null: 0 })[sample.solved],
  (sample) => sample.notPassed.length,
  (sample) => sample.tokens,
  (sample) => sample.cost ?? -1,
];
let order = null;
let limit = PAGE;

function filtered() {
  const wanted = Object.fromEntries(new FormData(tools));
  const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = data.samples.filter((sample) =>
    (!wanted.entrant || String(sample.entrant) === wanted.entrant)
    && (!wanted.scenario || scenarioKey(sample) === wanted.scenario)
    && (!wanted.outcome || sample.outcome === wanted.outcome)
    && (!wanted.failed || sample.notPassed.some((check) => data.checks[check].id === wanted.failed))
    && words.every((word) => haystack(sample).includes(word)));
  if (order) {
    const value = columns[order.column];
    found.sort((left, right) => order.direction * compare(value(left), value(right), order.numeric));
  }
  return found;
}

function listRow(sample) {
  const scenario = data.scenarios[sample.scenario];
  const entrant = data.entrants[sample.entrant];
  const solved = sample.solved === null ? "-" : sample.solved ? badge("solved") : badge("not solved");
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: sampleLink(sample) }, scenario.id), el("span", { class: "persona title" }, scenario.title)),
    el("td", { class: "num" }, sample.epoch),
    el("td", {}, entrant.model, manyPersonas && el("span", { class: "persona" }, `${entrant.persona} ${entrant.hash}`)),
    el("td", {}, badge(sample.outcome)),
    el("td", { class: "num" }, sample.score === null ? "-" : el("b", {}, score(sample.score))),
    el("td", {}, solved),
    el("td", { class: "num" }, sample.notPassed.length),
    el("td", { class: "num" }, integer.format(sample.tokens)),
    el("td", { class: "num" }, sample.cost === null ? el("span", { class: "range" }, "unknown") : dollars(sample.cost)));
}

function renderList() {
  const found = filtered();
  list.tBodies[0].replaceChildren(...found.slice(0, limit).map(listRow));
  document.getElementById("clear").hidden = ![...new FormData(tools).values()].some(Boolean);
  more.hidden = found.length <= limit;
  document.getElementById("count").value = `${integer.format(found.length)} of ${plural(data.samples.length, "sample")}`;
}

/** Keep the address in step with the filters, so that a filtered list can be linked to and returned to. */
function filtersChanged() {
  limit = PAGE;
  const wanted = [...new FormData(tools)].filter(([, value]) => value);
  const query = new URLSearchParams(wanted).toString();
  history.replaceState(null, "", query ? `#/samples?${query}` : "#/samples");
  renderList();
}

function setFilters(query) {
  const wanted = new URLSearchParams(query);
  for (const field of tools.elements) {
    if (!field.name) continue;
    const value = wanted.get(field.name) ?? "";
    const known = field.type === "search" || [...field.options].some((option) => option.value === value);
    field.value = known ? value : "";
  }
  limit = PAGE;
  renderList();
}

function addOptions(name, pairs) {
  tools.elements[name].append(...pairs.map(([value, text]) => el("option", { value }, text.length > 80 ? `${text.slice(0, 80)}…` : text)));
}

const manyPersonas = new Set(data.entrants.map((entrant) => `${entrant.persona} ${entrant.hash}`)).size > 1;
const unique = (values) => [...new Set(values)].sort(collator.compare);
addOptions("entrant", data.entrants.map((_, index) => [String(index), entrantName(index)]));
addOptions("scenario", unique(data.samples.map(scenarioKey)).map((key) => [key, key]));
addOptions("outcome", unique(data.samples.map((sample) => sample.outcome)).map((outcome) => [outcome, outcome]));
addOptions("failed", unique(data.checks.map((check) => check.id)).map((id) => [id, `did not pass ${id}`]));
tools.addEventListener("input", filtersChanged);
tools.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("clear").addEventListener("click", () => {
  for (const field of tools.elements) if (field.name) field.value = "";
  filtersChanged();
});
more.addEventListener("click", () => {
  limit += PAGE;
  renderList();
});
onSort(list, (column, direction, numeric) => {
  order = { column, direction, numeric };
  renderList();
});
renderList();
