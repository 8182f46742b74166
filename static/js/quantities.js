// Counts what is wanted inside form[data-quantities], and shows the bar below while there is any.
function refresh(form) {
  const fields = [...form.querySelectorAll("[data-quantity]")];
  const wanted = fields.reduce((sum, field) => sum + (field.valueAsNumber || 0), 0);
  form.querySelector("[data-quantities-bar]").hidden = wanted < 1;
  form.querySelector("[data-quantities-count]").textContent = wanted;
}

const refreshAll = () => document.querySelectorAll("[data-quantities]").forEach(refresh);

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-quantity]")) refresh(target.form);
});
document.addEventListener("htmx:load", refreshAll);
refreshAll();
