// What <dialog> lacks: opening by `command` in older browsers, opening at once, typed confirmation.
const canCommand = "commandForElement" in HTMLButtonElement.prototype;

function openShown(root) {
  for (const dialog of root.querySelectorAll("dialog[data-dialog-shown]"))
    if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest('[command="show-modal"]');
  if (opener) {
    opener.closest("[popover]")?.hidePopover();
    if (!canCommand) document.getElementById(opener.getAttribute("commandfor"))?.showModal();
  }
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
});

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.mustEqual) return;
  const isRight = target.value.trim() === target.dataset.mustEqual;
  target.setCustomValidity(isRight ? "" : `Type ${target.dataset.mustEqual} exactly.`);
});

openShown(document);
document.addEventListener("htmx:load", (event) => openShown(event.target.parentElement ?? document));
