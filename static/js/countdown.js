// Ticks [data-countdown]. The server's clock at rendering (data-now) counts, not the browser's.
function start(countdown) {
  const time = countdown.querySelector("time");
  const left = Date.parse(time.dateTime) - Date.parse(countdown.dataset.now);
  const end = performance.now() + left;
  const ticking = setInterval(tick, 1000);
  tick();

  function tick() {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (!countdown.isConnected) clearInterval(ticking);
    else if (seconds > 0) show(seconds);
    else finish();
  }

  function show(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
    if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
    time.textContent = parts.join(":");
    countdown.classList.toggle("soon", seconds <= 120);
  }

  function finish() {
    clearInterval(ticking);
    time.textContent = countdown.dataset.ended;
    countdown.classList.add("ended");
    countdown.dispatchEvent(new CustomEvent("countdown:ended", { bubbles: true }));
  }
}

function startAll(root) {
  for (const countdown of root.querySelectorAll("[data-countdown]:not([data-ticking])")) {
    countdown.dataset.ticking = "";
    start(countdown);
  }
}

startAll(document);
document.addEventListener("htmx:load", () => startAll(document));
