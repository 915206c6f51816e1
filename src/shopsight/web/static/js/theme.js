// Runs before the page is painted, so that the chosen colours are there from the first moment.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* private windows forget */ } };
  const now = () => kept() ?? (system.matches ? "dark" : "light");
  const show = () => {
    root.dataset.theme = now();
    document.querySelector("[data-theme-toggle]")?.setAttribute("aria-pressed", String(now() === "dark"));
  };
  show();
  system.addEventListener("change", show);
  addEventListener("DOMContentLoaded", () => {
    show();
    document.querySelector("[data-theme-toggle]").addEventListener("click", () => {
      keep(now() === "dark" ? "light" : "dark");
      show();
    });
  });
})();
