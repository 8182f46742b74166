// Typing goes first: an answer that would replace the form under the typing hands is no longer wanted.

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-typing-first]");
  if (form) form.dispatchEvent(new Event("htmx:abort"));
});
