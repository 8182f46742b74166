// The keyboard of a combobox: htmx fetches the options, this moves among them and takes one.
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => [...listOf(input).querySelectorAll('[role="option"]')];
const isCombobox = (element) => element?.matches?.("[data-combobox]");

function open(input, isOpen) {
  listOf(input).classList.toggle("open", isOpen);
  input.setAttribute("aria-expanded", String(isOpen && optionsOf(input).length > 0));
  if (!isOpen) select(input, null);
}

function select(input, option) {
  for (const other of optionsOf(input)) other.setAttribute("aria-selected", String(other === option));
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.id ||= `${input.id}-option-${optionsOf(input).indexOf(option)}`;
  input.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function take(input, option) {
  input.value = option.dataset.value;
  open(input, false);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function move(input, step) {
  const options = optionsOf(input);
  const now = options.findIndex((option) => option.ariaSelected === "true");
  open(input, true);
  select(input, options.at((now + step + (now < 0 && step < 0 ? 1 : 0)) % options.length));
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!isCombobox(input)) return;
  const selected = listOf(input).querySelector('[aria-selected="true"]');
  if (event.key === "Escape") open(input, false);
  else if (event.key === "Enter" && selected) take(input, selected);
  else if (event.key === "ArrowDown" && optionsOf(input).length) move(input, 1);
  else if (event.key === "ArrowUp" && optionsOf(input).length) move(input, -1);
  else return;
  event.preventDefault();
});
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest('.combobox-list [role="option"]');
  if (!option) return;
  event.preventDefault();
  take(option.closest(".combobox").querySelector("input"), option);
});
document.addEventListener("focusout", (event) => isCombobox(event.target) && open(event.target, false));
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const input = detail.target.closest?.(".combobox")?.querySelector("input");
  if (input && input === document.activeElement) open(input, true);
});
