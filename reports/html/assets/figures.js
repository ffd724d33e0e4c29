// Plotly comes packed and is unpacked when a chart is first looked at. It is the only script that this page lets in.
const packedPlotly = document.getElementById("plotly");
const drawn = new Map();
const PALETTE = {
  light: ["#0a5a9c", "#b4500a", "#1b7a4b", "#8a3ea8", "#8a6100", "#c2185b", "#00707c", "#555f69"],
  dark: ["#82b8ee", "#f2a26b", "#6bcf9b", "#cfa3ef", "#e2c059", "#f48fb1", "#5cc8d4", "#b0b8c0"],
};
let plotlyLoading = null;

function loadPlotly() {
  plotlyLoading ??= (async () => {
    const source = await unpack(packedPlotly.textContent);
    if (packedPlotly.dataset.styled) document.head.append(el("meta", { id: packedPlotly.dataset.styled }));
    // The page's policy refuses style attributes that come as text; set as properties they are harmless.
    const setAttribute = Element.prototype.setAttribute;
    Element.prototype.setAttribute = function (name, value) {
      if (name === "style") this.style.cssText = value;
      else setAttribute.call(this, name, value);
    };
    // The policy names this very script by its hash, so that no other text could pass here.
    const trusted = window.trustedTypes?.createPolicy("archeval-plotly", { createScript: (text) => text });
    const script = document.createElement("script");
    script.textContent = trusted ? trusted.createScript(source) : source;
    document.head.append(script);
    return window.Plotly;
  })();
  return plotlyLoading;
}

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

/** Escape what Plotly would read as a tag. */
const plotText = (text) => visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function themed(figure, dark) {
  const names = dark
    ? { muted: "#a3abb4", caution: "#e2b559", accent: "#82b8ee", good: "#6bcf9b", ink: "#e7e9eb", line: "#2d333a", surface: "#1a1e22" }
    : { muted: "#58616b", caution: "#7b5200", accent: "#0a5a9c", good: "#176b41", ink: "#1b1f24", line: "#e2e4e6", surface: "#ffffff" };
  const palette = PALETTE[dark ? "dark" : "light"];
  const data = figure.data.map((trace) => {
    const own = trace.meta.color;
    const color = typeof own === "number" ? palette[own % palette.length] : names[own];
    const colored = { ...trace, marker: { ...trace.marker, color } };
    if (trace.type !== "bar") colored.line = { ...trace.line, color };
    if (trace.type === "box") colored.fillcolor = `${color}22`;
    if (trace.error_y) colored.error_y = { ...trace.error_y, color };
    return colored;
  });
  const narrow = innerWidth < 700;
  const layout = {
    autosize: true,
    margin: { l: 56, r: 16, t: 16, b: 48 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: names.ink, size: 12, family: getComputedStyle(document.body).fontFamily },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: narrow ? 11 : 12 } },
    hoverlabel: { bgcolor: names.surface, bordercolor: names.muted, font: { color: names.ink }, namelength: 40 },
    dragmode: false,
    ...figure.layout,
  };
  for (const axis of ["xaxis", "xaxis2", "yaxis", "yaxis2"]) {
    if (!layout[axis]) continue;
    layout[axis] = { gridcolor: names.line, linecolor: names.muted, zeroline: false, fixedrange: true, automargin: true, ...layout[axis] };
  }
  return { data, layout };
}

/** Draw a figure into a node, and again when the theme or its choice changes. */
async function draw(node, figure, dark = isDark()) {
  drawn.set(node, figure);
  const plotly = await loadPlotly();
  const { data: traces, layout } = themed(figure, dark);
  await plotly.react(node, traces, layout, { displayModeBar: false, responsive: true, staticPlot: false, doubleClick: false });
  node.dataset.drawn = dark ? "dark" : "light";
}

const redraw = (dark) => {
  for (const [node, figure] of drawn) if (node.isConnected && window.Plotly) draw(node, figure, dark);
};

const waiting = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    waiting.get(entry.target)?.();
    waiting.delete(entry.target);
  }
}, { rootMargin: "300px" });

/** Draw a figure when its node comes near the window. */
function drawWhenSeen(node, figure, then = () => {}) {
  waiting.set(node, () => draw(node, figure()).then(then));
  watcher.observe(node);
}

/** Keep the place of a chart that is not drawn yet. */
function reserve(node, figure) {
  node.style.minHeight = `calc(${figure.layout.height}px + 1rem)`;
}

function chartNode(figure, spoken) {
  const node = el("div", { class: "chart", role: "img", "aria-label": spoken });
  reserve(node, figure);
  drawWhenSeen(node, () => figure);
  return node;
}

const scenarioChoice = document.getElementById("spread-scenario");

/** The chart of scores, of one scenario where one is chosen. */
function spreadFigure() {
  const figure = data.charts.spread;
  const wanted = scenarioChoice.value;
  if (wanted === "") return figure;
  const kept = (trace) => trace.customdata.map((one, index) => (String(one[1]) === wanted ? index : -1)).filter((index) => index >= 0);
  return {
    ...figure,
    data: figure.data.map((trace) => {
      const indexes = kept(trace);
      const pick = (values) => indexes.map((index) => values[index]);
      return { ...trace, x: pick(trace.x), y: pick(trace.y), customdata: pick(trace.customdata) };
    }),
  };
}

for (const [name, figure] of Object.entries(data.charts ?? {})) {
  const node = document.querySelector(`[data-chart="${name}"]`);
  reserve(node, figure);
  drawWhenSeen(node, name === "spread" ? spreadFigure : () => figure, () => {
    if (name !== "spread") return;
    node.on("plotly_click", (event) => {
      const sample = data.samples[event.points[0]?.customdata?.[0]];
      if (sample) location.hash = sampleLink(sample);
    });
  });
}
scenarioChoice?.addEventListener("change", () => {
  const node = document.querySelector('[data-chart="spread"]');
  if (drawn.has(node)) draw(node, spreadFigure());
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw(isDark()));
addEventListener("beforeprint", () => {
  for (const [, start] of waiting) start();
  waiting.clear();
  redraw(false);
});
addEventListener("afterprint", () => redraw(isDark()));
