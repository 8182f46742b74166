// Shows a hint (a popover) on hover and focus; the click and Esc are the platform's own.
function hintOf(target) {
  return target.closest?.("[data-hint]")?.popoverTargetElement;
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType === "mouse") show(target);
});
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(":focus-visible")) show(target);
});
document.addEventListener("pointerout", ({ target, relatedTarget }) => {
  const hint = hintOf(target) ?? target.closest?.(".hint");
  // The hint itself may be pointed at (WCAG 1.4.13).
  if (hint && !hint.contains(relatedTarget) && hintOf(relatedTarget ?? target) !== hint) hide(hint);
  else if (hint && !relatedTarget) hide(hint);
});
document.addEventListener("focusout", ({ target }) => hide(hintOf(target)));

function show(target) {
  const hint = hintOf(target);
  if (hint && !hint.matches(":popover-open")) hint.showPopover({ source: target.closest("[data-hint]") });
}

function hide(hint) {
  if (hint?.matches(":popover-open")) hint.hidePopover();
}
