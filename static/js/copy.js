// Copies data-copy on click, shows a tick for a moment and says what was copied.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
  document.body.dispatchEvent(
    new CustomEvent("announce", { bubbles: true, detail: { text: `Copied ${button.dataset.copy}` } }),
  );
  setTimeout(() => button.classList.remove("copied"), 1500);
});
