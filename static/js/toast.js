// Toasts: of the page, of answers (HX-Trigger: toast), and of requests that failed, with a retry.
const SECONDS_SHOWN = 6;
const REASONS = {
  0: "No connection to the server.",
  403: "You may not do this.",
  404: "This is no longer here.",
  429: "Too many requests. Wait a moment.",
};
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

function leave(toast, tone) {
  if (tone !== "bad" && tone !== "warn") setTimeout(() => toast.remove(), SECONDS_SHOWN * 1000);
}

function show({ text, tone = "info", retry = null }) {
  const shown = [...region.children].find((toast) => toast.textContent.includes(text));
  shown?.remove();
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.dataset.tone = tone;
  toast.querySelector("p").textContent = text;
  if (retry) {
    const button = toast.querySelector("[data-toast-retry]");
    button.hidden = false;
    button.addEventListener("click", () => (toast.remove(), retry()));
  }
  region.append(toast);
  leave(toast, tone);
}

function failed({ detail }) {
  const { verb, path } = detail.requestConfig;
  const { elt: source, target } = detail;
  const retry = source.isConnected
    ? () => htmx.ajax(verb, path, { source, target })
    : () => location.reload();
  const reason = REASONS[detail.xhr.status] ?? "Something went wrong on our side.";
  show({ text: reason, tone: "bad", retry });
}

// A whole page in the place of a fragment is the sign-in page: the session has ended.
function leaveWhenSignedOut(event) {
  if (event.detail.xhr.status !== 200) return;
  if (!/^\s*<!doctype/i.test(event.detail.xhr.responseText) || event.detail.boosted) return;
  event.detail.shouldSwap = false;
  location.reload();
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(name, failed);
document.addEventListener("htmx:beforeSwap", leaveWhenSignedOut);
document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("announce", (event) => show({ ...event.detail, tone: "ok" }));
region.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-dismiss]")) event.target.closest(".toast").remove();
});
for (const toast of region.children) leave(toast, toast.dataset.tone);
