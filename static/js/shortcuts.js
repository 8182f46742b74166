// "/" focuses the search of the page, "?" lists the shortcuts. They can be switched off, because
// single keys disturb people who dictate (WCAG 2.1.4).
const KEY = "shortcuts-off";
const toggle = document.querySelector("[data-shortcuts-on]");

if (toggle) {
  toggle.checked = localStorage.getItem(KEY) === null;
  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "");
  });
}

const isTyping = (element) => element.matches("input, select, textarea, [contenteditable]");
const isVisible = (element) => element.checkVisibility();

function focusSearch() {
  const boxes = [...document.querySelectorAll('[data-shortcut="/"]')].filter(isVisible);
  const box = boxes.find((found) => found.closest("main")) ?? boxes[0];
  box?.focus();
  box?.select();
  return Boolean(box);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (localStorage.getItem(KEY) !== null || document.querySelector("dialog[open]")) return;
  if (event.key === "/" && focusSearch()) event.preventDefault();
  if (event.key === "?") document.getElementById("shortcuts")?.showModal();
});
