// <loss-explorer>: a slider over curves that lossbook computed when the notebook ran.
if (!customElements.get("loss-explorer")) {
  customElements.define("loss-explorer", class extends HTMLElement {
    connectedCallback() {
      const data = this.querySelector('script[type="application/json"]');
      if (!data || this.querySelector("input")) return;
      this.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the arrow keys to the slider
      const { label, values, start, says, curves, x, y } = JSON.parse(data.textContent);
      const paths = this.querySelectorAll("path[data-curve]");
      const desc = this.querySelector("desc");
      const slider = Object.assign(document.createElement("input"), {
        type: "range", min: 0, max: values.length - 1, step: 1, value: start, id: `${this.id}-slider`,
      });
      const name = Object.assign(document.createElement("label"), { htmlFor: slider.id, textContent: label });
      const shown = document.createElement("output");
      shown.htmlFor = slider.id;
      const told = document.createElement("p");
      const draw = () => {
        const at = slider.valueAsNumber;
        paths.forEach((path, i) => {
          const points = curves[i][at].map((v, j) => `${(x[0] + x[1] * j).toFixed(1)} ${(y[0] + y[1] * v).toFixed(1)}`);
          path.setAttribute("d", `M${points.join("L")}`);
        });
        shown.textContent = values[at];
        told.textContent = desc.textContent = says[at];
        slider.setAttribute("aria-valuetext", `${values[at]}. ${says[at]}`);
      };
      slider.addEventListener("input", draw);
      const row = document.createElement("div");
      row.append(name, slider, shown);
      this.append(row, told);
      draw();
    }
  });
}
