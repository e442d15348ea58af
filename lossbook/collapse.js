// <loss-collapse>: type an alignment, or step through some, and see repeats merge and blanks drop.
if (!customElements.get("loss-collapse")) {
  customElements.define("loss-collapse", class extends HTMLElement {
    connectedCallback() {
      const data = this.querySelector('script[type="application/json"]');
      if (!data || this.querySelector("input")) return;
      this.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the keys to the inputs
      const { blank, alignments, says, start } = JSON.parse(data.textContent);
      const rows = [...this.querySelectorAll("tr")], told = this.querySelector("output");
      const input = (type, name, more) => {
        const made = Object.assign(document.createElement("input"), { type, id: `${this.id}-${type}`, ...more });
        const row = document.createElement("div");
        row.append(Object.assign(document.createElement("label"), { htmlFor: made.id, textContent: name }), made);
        this.insertBefore(row, this.querySelector("div[role=region]"));
        return made;
      };
      const field = input("text", "type here", { maxLength: 12, autocomplete: "off", spellcheck: false });
      const slider = input("range", "or step", { min: 0, max: alignments.length - 1, step: 1, value: start });
      field.autocapitalize = "none";
      field.setAttribute("aria-label", "type here an alignment, one letter for each step");
      slider.setAttribute("aria-label", "or step through some alignments");
      told.htmlFor = `${field.id} ${slider.id}`;
      const draw = () => {
        const letters = [...field.value], first = letters.map((letter, i) => letter !== letters[i - 1]);
        const merged = letters.filter((_, i) => first[i]), kept = merged.filter((letter) => letter !== blank);
        rows.forEach((row, i) => {
          row.replaceChildren(row.firstElementChild, ...letters.map((letter, j) => {
            const gone = (i > 0 && !first[j]) || (i > 1 && letter === blank);
            const cell = document.createElement("td");
            cell.append(Object.assign(document.createElement("span"), { textContent: gone ? "" : letter }));
            return cell;
          }));
        });
        const at = alignments.indexOf(field.value);
        told.textContent = `Repeats merged: ${merged.join("") || "nothing left"}. `
          + `Blanks dropped: ${kept.join("") || "nothing left"}. ${at < 0 ? "" : says[at]}`.trimEnd();
        if (at >= 0) slider.value = at;
        slider.setAttribute("aria-valuetext", alignments[slider.valueAsNumber]);
      };
      field.addEventListener("input", draw);
      slider.addEventListener("input", () => { field.value = alignments[slider.valueAsNumber]; draw(); });
      field.value = alignments[start];
      draw();
    }
  });
}
