const SECTIONS = ["summary", "leaderboard", "scenarios", "figures", "trend", "spread", "cost", "changes", "checks", "coverage", "faults", "samples"];
const overviewPage = document.getElementById("overview");
const samplePageNode = document.getElementById("sample");
const pageTitle = document.title;
let left = { hash: "#/", y: 0 };
let shown = null;
let visits = 0;

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function showOverview(hash) {
  visits += 1;
  const [name, query = ""] = hash.slice(2).split(/\?(.*)/s);
  const returning = shown !== null && hash === left.hash;
  samplePageNode.hidden = true;
  overviewPage.hidden = false;
  document.title = pageTitle;
  shown = null;
  if (name === "samples") setFilters(query);
  if (returning) scrollTo(0, left.y);
  else if (SECTIONS.includes(name) && document.getElementById(name)) document.getElementById(name).scrollIntoView();
  else scrollTo(0, 0);
  document.documentElement.dataset.route = location.hash;
}

const allSamples = () => (left.hash.startsWith("#/samples") ? left.hash : `${data.home}#/samples`);

/** Show a sample's page, for which its shelf must be unpacked, or go to the file that has it. */
async function showSample(id, part, detail) {
  const sample = data.samples[byId.get(id)];
  const fresh = shown !== id;
  if (sample && data.pages) {
    location.replace(`${data.pages}/${sample.shelf}.html${location.hash}`);
    return;
  }
  const visit = ++visits;
  const shelf = sample && fresh ? await openShelf(sample.shelf) : null;
  if (visit !== visits) return;
  if (!sample) {
    samplePageNode.replaceChildren(el("p", { class: "callout" }, `There is no sample ${id} in this report. `, el("a", { href: `${data.home}#/samples` }, "All samples")));
  } else if (fresh) {
    texts = shelf.texts;
    samplePageNode.replaceChildren(...samplePage({ ...sample, ...shelf.samples[sample.place] }, allSamples()));
    document.title = `${visible(data.scenarios[sample.scenario].title)} · ${pageTitle}`;
  }
  overviewPage.hidden = true;
  samplePageNode.hidden = false;
  shown = id;
  if (!reveal(part, detail) && fresh) scrollTo(0, 0);
  if (fresh) samplePageNode.focus({ preventScroll: true });
  document.documentElement.dataset.route = location.hash; // What is shown by now: unpacking takes a moment.
}

/** Open and scroll to a part of the sample's page; says whether there is such a part. */
function reveal(part, detail) {
  const all = (selector) => [...samplePageNode.querySelectorAll(selector)];
  const target = part === "check" ? all("[data-check]").find((node) => node.dataset.check === detail)
    : part === "file" ? all("[data-file]").find((node) => node.dataset.file === detail)
    : all("[data-part]").find((node) => node.dataset.part === part);
  if (!target) return false;
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.fill?.();
  }
  target.scrollIntoView();
  return true;
}

function route() {
  const hash = location.hash || "#/";
  const [place, id, part, detail] = hash.slice(2).split("/");
  if (place === "sample" && id) showSample(decoded(id), part, decoded(detail ?? ""));
  else showOverview(hash);
}

// The place on the overview, to come back to it; written down before the page of a sample takes over.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#/sample/']");
  if (link && !overviewPage.hidden) left = { hash: location.hash || "#/", y: scrollY };
}, true);

document.querySelector("a.skip").addEventListener("click", () => (overviewPage.hidden ? samplePageNode : overviewPage).focus());

const THEMES = ["auto", "light", "dark"];
const themeButton = document.getElementById("theme");
function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  themeButton.textContent = `Theme: ${theme}`;
  redraw(isDark());
}
function storedTheme() {
  try {
    const theme = localStorage.getItem("archeval-theme");
    return THEMES.includes(theme) ? theme : "auto";
  } catch {
    return "auto"; // Some browsers give a file no storage.
  }
}
themeButton.addEventListener("click", () => {
  const theme = THEMES[(THEMES.indexOf(themeButton.textContent.slice(7)) + 1) % THEMES.length];
  setTheme(theme);
  try {
    localStorage.setItem("archeval-theme", theme);
  } catch {
    // Then it lasts until the page is closed.
  }
});
setTheme(storedTheme());

if ("scrollRestoration" in history) history.scrollRestoration = "manual";
addEventListener("hashchange", route);
route();
