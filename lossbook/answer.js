// <loss-answer>: a field for a number, or some, and a reply as exercise.check gives it.
const reply = (typed, { correct, shown, hints, wanted }) => {
  const tolerance = 0.6e-4, text = typed.trim().replaceAll("\u2212", "-");
  const number = (word) => {
    const [over, under = "1"] = word.split("/"), named = word.match(/^([-+]?)(inf|infinity|\u221e)$/);
    if (named) return named[1] === "-" ? -Infinity : Infinity;
    if (word === "nan") return NaN;
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(\/\d+)?$/i.test(word) ? over / under : undefined;
  };
  const words = correct.length === 1 ? [text.replace(/^\[(.*)\]$/, "$1").replace(/^([-+]?\d*),(\d+)$/, "$1.$2")]
    : text.split(/[\s,;()[\]]+/).filter(Boolean);
  const given = words.map((word) => number(word.trim().toLowerCase()));
  const close = (truth) => given.every((value, i) => {
    const true_ = Number(truth[truth.length > 1 ? i : 0]);
    return Object.is(value, true_) || value === true_
      || (Number.isFinite(true_) && Math.abs(value - true_) <= tolerance * (1 + Math.abs(true_)));
  });
  if (!text) return "No answer yet.";
  if (given.includes(undefined)) return `${text} is not a number. Give ${wanted}.`;
  if (given.length !== correct.length) return `${text} is not right: give ${wanted}.`;
  if (close(correct)) return `Right: ${shown}.`;
  const hint = hints.find(([wrong]) => close(wrong));
  const rounded = [1, 2, 3].some((digits) => given.every((value, i) => value === Number(Number(correct[i]).toFixed(digits))));
  const near = rounded || given.every((value, i) => Math.abs(value - correct[i]) <= 2e-4);
  return `${text} is not right. ${hint ? hint[1] : near ? "Nearly: round to four decimals." : "Try again."}`;
};
if (!customElements.get("loss-answer")) {
  customElements.define("loss-answer", class extends HTMLElement {
    connectedCallback() {
      const data = this.querySelector('script[type="application/json"]');
      if (!data || this.querySelector("form")) return;
      this.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the keys to the field
      const told = this.querySelector("output"), asked = JSON.parse(data.textContent);
      const form = document.createElement("form"), label = document.createElement("label");
      const field = Object.assign(document.createElement("input"), {
        type: "text", autocomplete: "off", spellcheck: false, autocapitalize: "none",
      });
      label.append("Your answer ", field);
      form.append(label, Object.assign(document.createElement("button"), { textContent: "Check" }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        told.textContent = reply(field.value, asked);
      });
      told.textContent = "";
      told.before(form);
    }
  });
}
