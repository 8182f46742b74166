// Ticking rows inside form[data-selection]: the box in the head, Shift for a range, the bar below.
let lastTicked = null;

const formOf = (element) => element.closest?.("[data-selection]");
const rowsOf = (form) => [...form.querySelectorAll("[data-select-row]:not(:disabled)")];

function refresh(form) {
  const rows = rowsOf(form);
  const ticked = rows.filter((row) => row.checked).length;
  const all = form.querySelector("[data-select-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
  }
  const bar = form.querySelector("[data-selection-bar]");
  if (bar) bar.hidden = ticked === 0;
  for (const count of form.querySelectorAll("[data-selection-count]")) count.textContent = ticked;
}

function tickRange(form, from, to) {
  const rows = rowsOf(form);
  const [first, last] = [rows.indexOf(from), rows.indexOf(to)].sort((a, b) => a - b);
  if (first >= 0) for (const row of rows.slice(first, last + 1)) row.checked = to.checked;
}

document.addEventListener("click", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  if (event.target.matches("[data-select-row]")) {
    if (event.shiftKey && lastTicked) tickRange(form, lastTicked, event.target);
    lastTicked = event.target;
    refresh(form);
  }
  if (event.target.matches("[data-select-all]"))
    for (const row of rowsOf(form)) row.checked = event.target.checked;
  if (event.target.closest("[data-selection-clear]"))
    for (const row of rowsOf(form)) row.checked = false;
  if (event.target.closest("[data-select-all], [data-selection-clear]")) refresh(form);
});

const refreshAll = () => document.querySelectorAll("[data-selection]").forEach(refresh);
refreshAll();
document.addEventListener("htmx:load", refreshAll);
