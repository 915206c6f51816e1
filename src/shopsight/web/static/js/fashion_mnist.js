// A photo goes out; what the network sees of it, and says, comes back. Without scripts the form does the same.
import "./shell.js";
import { Camera } from "./camera.js";
import { pictureIn, prepare } from "./picture.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const form = by("show");

if (form) {
  const camera = new Camera(by("camera"), () => by("file-camera").click());
  by("choose").hidden = by("take").hidden = by("hint").hidden = false;
  by("plain").hidden = by("send").hidden = true; // A chosen picture goes at once.

  let asking = null;
  async function show(picture) {
    asking?.abort();
    asking = new AbortController();
    by("trouble").hidden = true;
    by("look").setAttribute("aria-busy", "true");
    const body = new FormData();
    body.set("photo", picture.blob, picture.name);
    try {
      const answer = await ask("/console/fashion-mnist/look", { method: "POST", body, signal: asking.signal });
      by("look").innerHTML = await answer.text();
    } catch (error) {
      if (error.name === "AbortError") return;
      by("trouble").hidden = false;
      by("trouble").querySelector("[data-message]").textContent = error.message;
      by("trouble").querySelector("[data-cure]").textContent = error.cure ?? "";
    }
    by("look").removeAttribute("aria-busy");
  }

  const showFile = async (file) => file && show(await prepare(file));
  for (const id of ["file", "file-camera"]) by(id).addEventListener("change", ({ target }) => showFile(target.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    showFile(by("file").files[0]);
  });
  by("choose").addEventListener("click", () => by("file").click());
  by("take").addEventListener("click", async () => {
    const picture = await camera.take();
    if (picture) show(picture);
  });
  addEventListener("paste", (event) => showFile(pictureIn(event.clipboardData?.files)));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    showFile(pictureIn(event.dataTransfer?.files));
  });
}
