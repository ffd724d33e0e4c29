const STATUSES = [
  ["failed", "Failed"],
  ["blocked", "Blocked by a check they require"],
  ["passed", "Passed"],
  ["not_applicable", "Not applicable"],
];

function evidenceBlock([title, kind, text]) {
  return el("figure", { class: `evidence ${kind}` },
    el("figcaption", {}, title, el("span", { class: "kind" }, kind)),
    textBlock(text, { numbered: false, label: `Evidence: ${visible(title)}` }));
}

/** One check; what it cost the score is its share of the weights of all that apply. */
function checkBlock(sample, [index, status, value, message, evidence], totalWeight) {
  const check = data.checks[index];
  const lost = status === "failed" || status === "blocked" ? (check.weight * (1 - value)) / totalWeight : 0;
  return el("details", { class: `check ${status}`, "data-check": check.id, open: status === "failed" },
    el("summary", {},
      el("span", { class: "check-title" }, check.title),
      check.gate && badge("gate"),
      el("span", { class: "check-cost" }, lost && sample.score !== null ? `costs ${lost.toFixed(3)}` : "")),
    el("div", { class: "check-body" },
      el("p", { class: "message" }, message),
      evidence.map(evidenceBlock),
      el("p", { class: "meta" },
        el("a", { href: sampleLink(sample, `/check/${encodeURIComponent(check.id)}`) }, el("code", {}, check.id)),
        `weight ${short.format(check.weight)}`,
        status === "failed" && value > 0 ? `partial credit ${short.format(value)}` : null,
        check.spec.map((line) => el("code", { class: "spec", title: "Line of the persona's specification" }, line)))));
}

function checksSection(sample) {
  const applicable = sample.checks.filter(([, status]) => status !== "not_applicable");
  const totalWeight = applicable.reduce((sum, [index]) => sum + data.checks[index].weight, 0) || 1;
  return section("checks", "Checks", STATUSES.map(([status, heading]) => {
    const group = sample.checks.filter((check) => check[1] === status);
    return group.length > 0 && el("div", { class: "group" },
      el("h4", {}, heading, el("span", { class: "tally" }, group.length)),
      group.map((check) => checkBlock(sample, check, totalWeight)));
  }));
}

function measurementsSection(sample) {
  const rows = sample.measurements.map(([name, value, unit, target, direction, onTarget]) => el("tr", {},
    el("th", { scope: "row" }, name),
    el("td", { class: "num" }, el("b", {}, short.format(value)), " ", unit),
    el("td", { class: "num" }, target === null ? "" : `${direction === "lower_is_better" ? "≤" : "≥"} ${short.format(target)} ${unit}`),
    el("td", {}, onTarget === null ? el("span", { class: "range" }, "no target") : onTarget ? badge("on target") : badge("missed"))));
  const heads = ["Measurement", "Value", "Target", ""].map((text, index) => el("th", { scope: "col", class: index === 1 || index === 2 ? "num" : null }, text));
  return section("measurements", "Measurements", el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Measurements" },
    el("table", { class: "measurements" }, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows))));
}

/** A file's code is built when it is first opened: a submission may hold 200 of them. */
function fileBlock(sample, [path, index], number) {
  const text = texts[index][0];
  const lines = text ? text.split("\n").length - (text.endsWith("\n") ? 1 : 0) : 0;
  const body = el("div", { class: "file-body" });
  const block = el("details", { class: "file", "data-file": number },
    el("summary", {}, el("code", {}, path), el("span", { class: "range" }, plural(lines, "line"))),
    body);
  const fill = () => {
    if (!block.open || body.hasChildNodes()) return;
    body.append(
      el("p", { class: "meta" },
        el("button", { type: "button", "data-download": number, onclick: () => download(path, text) }, "Download"),
        el("a", { href: sampleLink(sample, `/file/${number}`) }, "link to this file")),
      textBlock(index, { label: `File ${visible(path)}` }));
  };
  block.addEventListener("toggle", fill);
  block.fill = fill;
  return block;
}

const section = (name, heading, ...content) =>
  el("section", { class: "part", "data-part": name, "aria-label": heading }, el("h3", {}, heading), ...content);

function verdict(sample) {
  const counts = Object.fromEntries(STATUSES.map(([status]) => [status, sample.checks.filter((check) => check[1] === status).length]));
  const item = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
  return el("dl", { class: "verdict" },
    item("Score", el("strong", {}, score(sample.score))),
    item("Outcome", badge(sample.outcome), " ", sample.solved === null ? "" : badge(sample.solved ? "solved" : "not solved")),
    sample.checks.length ? item("Checks", `${counts.passed} passed, ${counts.failed} failed, ${counts.blocked} blocked`) : null,
    item("Tokens", `${integer.format(sample.tokens[0])} in, ${integer.format(sample.tokens[1])} out`),
    item("Cost", dollars(sample.cost)),
    item("Time", `${seconds(sample.seconds[0])} writing, ${seconds(sample.seconds[1])} grading`));
}

function originSection(sample) {
  const run = data.runs[sample.run];
  const facts = [
    ["Sample", sample.id], ["Run", run.id], ["Log", run.log], ["Started", run.created],
    ["Model reported", sample.snapshot], ["Persona", `${data.entrants[sample.entrant].persona} ${data.entrants[sample.entrant].hash}`],
    ["Commit", run.commit && run.commit + (run.dirty ? " with uncommitted changes" : "")],
    ["Generation", Object.entries(run.generation).map(([name, value]) => `${name} ${value}`).join(", ")],
    ["Seeds", `run ${run.seed}` + (sample.seed === null ? "" : `, grade ${sample.seed}`)],
    ["Testbed", Object.entries(sample.testbed).map(([name, value]) => `${name} ${value}`).join(", ")],
    ["Submission", sample.submission],
  ];
  return section("origin", "Where it comes from", el("dl", { class: "origin" },
    facts.filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function faultsSection(sample) {
  return section("faults", "Faults of the harness", el("ul", { class: "plain" }, sample.faults.map(([step, kind, message, attempt]) =>
    el("li", {}, el("code", {}, kind), " at ", el("code", {}, step), `, attempt ${attempt}: ${message}`))));
}

function answerSection(sample) {
  const unplaced = texts[sample.unplaced][0];
  return section("answer", "Answer",
    unplaced ? [el("p", {}, "The parser could not place this part of the answer in a file:"), textBlock(sample.unplaced, { numbered: false, label: "Not placed" })] : null,
    sample.excerpt ? [el("p", {}, "How the answer begins:"), codeBlock(sample.excerpt, "plain", { numbered: false, label: "Excerpt of the answer" })] : null);
}

/** The samples before and after this one, in the list as it is filtered and sorted at the moment. */
function neighbours(sample) {
  const found = filtered();
  const samples = found.some((other) => other.id === sample.id) ? found : data.samples;
  const index = samples.findIndex((other) => other.id === sample.id);
  const link = (other, text) => other && el("a", { href: sampleLink(other) }, text);
  return [link(samples[index - 1], "Previous"), `${index + 1} of ${samples.length}`, link(samples[index + 1], "Next")];
}

function samplePage(sample, back) {
  const scenario = data.scenarios[sample.scenario];
  const entrant = data.entrants[sample.entrant];
  const parts = [
    curvesSection(sample),
    sample.checks.length && checksSection(sample),
    sample.measurements.length && measurementsSection(sample),
    sample.faults.length && faultsSection(sample),
    sample.files.length && section("files", "Files handed in", sample.files.map((file, number) => fileBlock(sample, file, number))),
    (sample.excerpt || texts[sample.unplaced][0]) && answerSection(sample),
    texts[sample.prompt][0] && section("prompt", "Prompt", textBlock(sample.prompt, { numbered: false, label: "Prompt" })),
    originSection(sample),
  ].filter(Boolean);
  return [
    el("nav", { class: "trail", "aria-label": "Samples" }, el("a", { href: back }, "All samples"), el("span", {}, neighbours(sample))),
    el("header", { class: "head" },
      el("h1", {}, scenario.title),
      el("p", { class: "subtitle" }, el("b", {}, entrant.model), ` on ${scenario.family}/${scenario.id} ${scenario.version}, epoch ${sample.epoch}`)),
    verdict(sample),
    sample.reason && el("p", { class: `callout ${sample.outcome}` }, el("b", {}, `${sample.outcome}: `), sample.reason),
    el("nav", { class: "parts", "aria-label": "On this page" }, parts.map((part) => el("a", { href: sampleLink(sample, `/${part.dataset.part}`) }, part.getAttribute("aria-label")))),
    ...parts,
  ].filter(Boolean);
}
