// A formula that scrolls sideways can be reached with the keyboard. (The theme does code and tables.)
function reachFormulas() {
  for (const formula of document.querySelectorAll(".katex-display")) {
    if (formula.scrollWidth > formula.clientWidth) {
      formula.tabIndex = 0;
      formula.setAttribute("role", "group");
      formula.setAttribute("aria-label", "Formula, scrolls sideways");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) formula.removeAttribute(name);
    }
  }
}
document.fonts.ready.then(reachFormulas);
addEventListener("resize", reachFormulas);
// What was folded is measured when it is unfolded, here and in the theme.
document.addEventListener("toggle", () => dispatchEvent(new Event("resize")), true);

// The long name of a class breaks between its words.
for (const { firstChild: name } of document.querySelectorAll("article h1, .bd-links a, .prev-next-title")) {
  if (name?.nodeType !== Node.TEXT_NODE) continue;
  name.replaceWith(...name.data.split(/(?=[A-Z][a-z])/).flatMap((word) => [document.createElement("wbr"), word]));
}

// On paper everything is unfolded, and black on white.
const restore = [];
addEventListener("beforeprint", () => {
  const root = document.documentElement, theme = root.dataset.theme;
  root.dataset.theme = "light";
  restore.push(() => { root.dataset.theme = theme; });
  for (const details of document.querySelectorAll("article details:not([open])")) {
    details.open = true;
    restore.push(() => { details.open = false; });
  }
});
addEventListener("afterprint", () => { while (restore.length) restore.pop()(); });
