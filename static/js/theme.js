// Switches the theme without loading the page again. The form works without this too.
const form = document.querySelector("[data-theme-form]");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = event.submitter.value;
  const body = new FormData(form, event.submitter);
  document.documentElement.className = chosen;
  for (const button of form.querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.value === chosen));
  form.closest("[popover]")?.hidePopover();
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect" && !answer.ok) form.submit();
});
