// A photo's own page: every thing that is found in it, drawn over it.
import "./shell.js";
import { ask } from "./problem.js";
import { Recognised } from "./recognised.js";

const by = (id) => document.getElementById(id);
const stage = by("stage");
const recognised = new Recognised({ stage, tools: by("tools"), place: by("found") });

async function look() {
  by("status").textContent = "Looking for things in it…";
  try {
    const { photoId, side } = stage.dataset;
    const photo = await (await ask(`/api/v1/photos/${photoId}/${side}`)).blob();
    const form = new FormData();
    form.set("photo", photo, "photo.webp");
    form.set("task", "instances");
    await recognised.look(form);
    by("status").textContent = "";
    // The engine's one box makes room for what was found.
    if (recognised.overlay.marks.length) stage.querySelector(".sight-box")?.classList.add("over-now");
    by("more").hidden = false;
  } catch (error) {
    by("status").textContent = `${error.message}. ${error.cure ?? ""}`;
  }
}

look();
