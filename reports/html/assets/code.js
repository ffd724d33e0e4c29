const MAX_COLORED_CHARACTERS = 200000; // Nobody reads longer texts for their colours, and every colour is an element.
const lexers = new Map();

function lexerOf(language) {
  if (!lexers.has(language) && Object.hasOwn(data.lexers, language)) {
    const { pattern, keywords, names } = data.lexers[language];
    lexers.set(language, { pattern: new RegExp(pattern, "gm"), keywords: new Set(keywords.split(" ")), names: new Set(names.split(" ")) });
  }
  return lexers.get(language);
}

/** Yield the pieces of a text, in order and without gaps, each with the name of its colour. */
function* colored(text, language) {
  const lexer = text.length > MAX_COLORED_CHARACTERS ? undefined : lexerOf(language);
  let position = 0;
  for (const match of lexer ? text.matchAll(lexer.pattern) : []) {
    const [group] = Object.entries(match.groups).find(([, value]) => value !== undefined) ?? [""];
    const word = match[0].toLowerCase();
    const color = group !== "word" ? group : lexer.keywords.has(word) ? "keyword" : lexer.names.has(word) ? "name" : "";
    yield [text.slice(position, match.index), ""];
    yield [match[0], color];
    position = match.index + match[0].length;
  }
  yield [text.slice(position), ""];
}

/** A block of code with line numbers (numbers are made by CSS, so they are not copied). */
function codeBlock(text, language, { numbered = true, label = "" } = {}) {
  const code = el("code");
  let line = el("span", { class: "line" });
  const end = () => {
    code.append(line);
    line = el("span", { class: "line" });
  };
  const add = (piece, color) => {
    piece.split(/\r?\n/).forEach((part, index) => {
      if (index) {
        line.append("\n");
        end();
      }
      if (part) line.append(color ? el("span", { class: color }, part) : visible(part));
    });
  };
  for (const [piece, color] of colored(text, language)) if (piece) add(piece, color && `c-${color}`);
  if (line.hasChildNodes() || !code.hasChildNodes()) end();
  return el("pre", { class: numbered ? "code numbered" : "code", tabindex: "0", role: "region", "aria-label": label || "Code" }, code);
}

const textBlock = (index, options) => codeBlock(texts[index][0], texts[index][1], options);

/** Hand a text to the reader as a file; the name keeps only harmless characters. */
function download(path, text) {
  const name = path.split("/").pop().replace(/[^\w.-]+/g, "_").replace(/^\.+/, "") || "file.txt";
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
