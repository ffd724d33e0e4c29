// The load checks' evidence, drawn: how long answers took before and now, against the target.
const CURVE = "p95 second by second, ms";
const SIDES = { before: ["muted", "circle"], now: ["accent", "diamond"], reference: ["good", "square"] };
const LOG_FROM = 20;

const axisOf = (values, title) => {
  const positive = values.filter((value) => value > 0);
  const wide = Math.max(...positive) / Math.min(...positive) > LOG_FROM;
  return { title: { text: wide ? `${title}, logarithmic` : title }, type: wide ? "log" : "linear", ...(wide ? { dtick: 1, minor: { showgrid: false } } : { rangemode: "tozero" }) };
};

/** Comma-separated numbers below named columns; a line that is anything else, such as a note that it was cut, is left out. */
function parseCurve(text) {
  const [head, ...lines] = text.split("\n");
  const names = head.split(",");
  const rows = lines.map((line) => line.split(",").map((cell) => (cell.trim() === "" ? null : Number(cell))))
    .filter((row) => row.length === names.length && row.every((value) => value === null || Number.isFinite(value)));
  return Object.fromEntries(names.map((name, index) => [name, rows.map((row) => row[index])]));
}

function curveFigure(text) {
  const columns = parseCurve(text);
  if (!columns.second?.length) return null;
  const traces = Object.entries(SIDES).filter(([name]) => columns[name]).map(([name, [color]]) => ({
    type: "scatter", mode: "lines", name, x: columns.second, y: columns[name], connectgaps: false,
    line: { width: name === "now" ? 2.4 : 1.6 }, hovertemplate: `${name} %{y:.1f} ms<br>second %{x}<extra><\/extra>`, meta: { color },
  }));
  const target = (columns.target ?? []).find((value) => value !== null);
  if (target !== undefined) {
    const ends = [columns.second[0], columns.second.at(-1)];
    traces.push({
      type: "scatter", mode: "lines", name: `target ${short.format(target)} ms`, x: ends, y: [target, target],
      line: { width: 2, dash: "dash" }, hoverinfo: "skip", meta: { color: "caution" },
    });
  }
  const values = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
  return { data: traces, layout: { height: 360, hovermode: "x unified", xaxis: { title: { text: "second" } }, yaxis: axisOf(values, "p95, ms") } };
}

/** The p95 of each endpoint as bars, with its target as a mark across them. */
function barsFigure(sample) {
  const sides = new Map(Object.keys(SIDES).map((name) => [name, new Map()]));
  const targets = new Map();
  for (const [name, value, unit, target] of sample.measurements) {
    const found = /^p95 (before|now|reference): (.+?)(?: \(target shown, not judged\))?$/s.exec(name);
    if (!found || unit !== "ms") continue;
    sides.get(found[1]).set(found[2], value);
    if (target !== null) targets.set(found[2], target);
  }
  const endpoints = [...sides.get("now").keys()];
  if (!endpoints.length) return null;
  const texts = endpoints.map((name) => plotText(name.slice(0, 40)));
  const present = [...sides].filter(([, values]) => values.size);
  const traces = present.map(([name, values]) => ({
    type: "bar", orientation: "h", name, y: endpoints.map((_, index) => index), x: endpoints.map((endpoint) => values.get(endpoint) ?? null),
    hovertemplate: `${name} %{x:.1f} ms<extra><\/extra>`, meta: { color: SIDES[name][0] },
  }));
  const judged = endpoints.map((endpoint, index) => [targets.get(endpoint), index]).filter(([target]) => target !== undefined);
  if (judged.length) {
    traces.push({
      type: "scatter", mode: "lines", name: "target", hoverinfo: "x", line: { width: 2, dash: "dash" }, connectgaps: false, meta: { color: "caution" },
      x: judged.flatMap(([target]) => [target, target, null]), y: judged.flatMap(([, index]) => [index - 0.45, index + 0.45, null]),
    });
  }
  const values = [...present.flatMap(([, all]) => [...all.values()]), ...targets.values()];
  return {
    data: traces,
    layout: {
      height: 90 + 26 * present.length * endpoints.length, barmode: "group", hovermode: "closest", xaxis: axisOf(values, "p95, ms"),
      yaxis: { tickvals: endpoints.map((_, index) => index), ticktext: texts, autorange: "reversed", showgrid: false },
    },
  };
}

function curvesSection(sample) {
  const evidence = sample.checks.flatMap(([, , , , pieces]) => pieces).find(([title]) => title === CURVE);
  if (!evidence || !packedPlotly) return null;
  const curve = curveFigure(texts[evidence[2]][0]);
  const bars = barsFigure(sample);
  if (!curve && !bars) return null;
  return section("latency", "Latency before and now",
    el("p", { class: "note" }, "p95 is the time within which 95 of 100 requests were answered, counted from when each was due. Before is the service as it was handed to the model, now the service it handed in; all ran in turn on the same machine."),
    curve && el("h4", {}, "Second by second, the slowest endpoint of each second"), curve && chartNode(curve, "p95 of every second, before, now and of the reference, with the target; the numbers are in the evidence of the check on latency."),
    bars && el("h4", {}, "By endpoint"), bars && chartNode(bars, "p95 of every endpoint, before, now and of the reference, with its target; the numbers are below, among the measurements."));
}
