// Typing goes first: an answer to what is no longer in the form does not replace it.
const asked = new WeakMap();

const contents = (form) => new URLSearchParams(new FormData(form)).toString();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.matches("form[data-typing-first]")) asked.set(detail.elt, contents(detail.elt));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (asked.has(form) && asked.get(form) !== contents(form)) detail.shouldSwap = false;
});
