// A product's pictures: a small one, pressed, becomes the large one.
import "./shell.js";

const photos = document.getElementById("photos");
photos?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  document.getElementById("large").src = link.href;
  photos.querySelector("[aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});
