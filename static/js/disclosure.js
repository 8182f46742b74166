// What somebody unfolded stays so when htmx replaces it.
let unfolded = [];

document.addEventListener("htmx:beforeSwap", () => {
  unfolded = [...document.querySelectorAll("[data-disclosure][open]")].map(({ id }) => id);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});
