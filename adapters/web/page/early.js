// What must be done before anything is drawn. No module, because modules run after the first paint.

// The colours that were chosen here.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing shows the colours of the system.
  }
})();

// Without one of its files the page does nothing, and a bot that restarts may have sent only some: then it is loaded anew.
addEventListener("error", ({ target }) => {
  if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) setTimeout(() => location.reload(), 3_000);
}, { capture: true, once: true });
