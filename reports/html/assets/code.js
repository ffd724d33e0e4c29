const COLORS = data.classes.map((name) => (name ? `c-${name}` : ""));

/** A block of code with line numbers (numbers are made by CSS, so they are not copied). */
function codeBlock(text, spans, { numbered = true, label = "" } = {}) {
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
  let position = 0;
  for (let index = 0; index + 1 < (spans || []).length; index += 2) {
    add(text.slice(position, position + spans[index + 1]), COLORS[spans[index]]);
    position += spans[index + 1];
  }
  add(text.slice(position), "");
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
