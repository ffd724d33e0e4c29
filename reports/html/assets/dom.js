// Everything shown is made of text nodes; nothing in this file turns a text into markup.
const data = JSON.parse(document.getElementById("data").textContent);
data.samples = data.samples.map((row) => Object.fromEntries(data.fields.map((name, index) => [name, row[index]])));
const byId = new Map(data.samples.map((sample, index) => [sample.id, index]));

const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

/** Spell out what a reader could not see: control characters and marks that turn the direction of writing. */
const visible = (text) => text.replace(HIDDEN, (character) => {
  const code = character.codePointAt(0);
  const hex = (width) => code.toString(16).padStart(width, "0");
  return code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\u{${hex(0)}}`;
});

/** Make an element. Attributes: `class`, `on…` listeners, booleans, and texts; children: nodes and texts. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      node.append(child instanceof Node ? child : visible(String(child)));
    }
  }
  return node;
}

const integer = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const score = (value) => (value === null ? "no score" : value.toFixed(3));
const dollars = (value) => (value === null ? "unknown" : `$${value.toFixed(4)}`);
const seconds = (value) => `${value.toFixed(1)} s`;
const plural = (count, word) => `${integer.format(count)} ${word}${count === 1 ? "" : "s"}`;
const badge = (text, kind = text) => el("span", { class: `badge ${kind.replaceAll(" ", "-")}` }, text);
const entrantName = (index) => {
  const entrant = data.entrants[index];
  return `${entrant.model}, ${entrant.persona} ${entrant.hash}`.trim();
};
const sampleLink = (sample, part = "") => `#/sample/${encodeURIComponent(sample.id)}${part}`;

/** Unpack what the report packed: base64 of gzip. */
async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

const shelves = new Map();

/** The details of the samples on a shelf, unpacked when it is first needed. */
function openShelf(number) {
  if (!shelves.has(number)) {
    shelves.set(number, unpack(document.getElementById(`shelf-${number}`).textContent).then((text) => JSON.parse(text)));
  }
  return shelves.get(number);
}

/** The texts of the sample that is shown, each with its colours. */
let texts = [];
