// <loss-filter>: a field that shows those rows of its page, sections or rows of tables, that speak of what is
// typed or pasted: words of a message in any order, whatever its numbers are, also with a traceback around it.
const wordsOf = (text) => [...new Set(text.toLowerCase().match(/[\p{L}_]{2,}/gu) ?? [])];
if (!customElements.get("loss-filter")) {
  customElements.define("loss-filter", class extends HTMLElement {
    connectedCallback() {
      const label = Object.assign(document.createElement("label"), { textContent: "Type or paste what you see" });
      const told = document.createElement("output");
      const field = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off", spellcheck: false, autocapitalize: "none" });
      label.append(field);
      this.append(label, told);
      const rows = [...document.querySelectorAll(`article :is(${this.dataset.rows})`)].map((found) => {
        const row = found.closest("section, tr"), text = row.textContent, message = row.querySelector(".output")?.textContent;
        return { row, text: text.toLowerCase(), words: wordsOf(text), message: message ? wordsOf(message.split("\n")[0]) : [] };
      });
      const groups = [...document.querySelectorAll("article section")]
        .filter((group) => !group.contains(this) && rows.some(({ row }) => group !== row && group.contains(row)));
      const draw = () => {
        const typed = wordsOf(field.value), phrase = field.value.trim().toLowerCase(), last = typed.at(-1);
        const has = (row, word) => row.words.some((own) => own === word || (word === last && own.startsWith(word)));
        // A word that few rows have says much, one that no row has says nothing.
        const weights = new Map(typed.map((word) => {
          const count = rows.filter((row) => has(row, word)).length;
          return [word, count && 1 / count];
        }));
        const sum = (words) => words.reduce((total, word) => total + weights.get(word), 0);
        const good = (row) => !phrase || row.text.includes(phrase) || (sum(typed) > 0 && (
          sum(typed.filter((word) => has(row, word))) >= 0.7 * sum(typed)
          || (row.message.length > 3 && row.message.filter((word) => typed.includes(word)).length >= 0.8 * row.message.length)));
        for (const row of rows) row.row.hidden = !good(row);
        for (const group of groups) group.hidden = !rows.some(({ row }) => group.contains(row) && !row.hidden);
        const shown = rows.filter(({ row }) => !row.hidden).length;
        told.textContent = !phrase ? "" : shown ? `${shown} of ${rows.length} fit.` : "Nothing like it here. Try fewer words, or the search of the whole book (Ctrl and K).";
      };
      field.addEventListener("input", draw);
      field.value = new URLSearchParams(location.search).get("q") ?? "";
      if (field.value) draw();
    }
  });
}
