// The page of recognition: a picture, a question and labels go out; what was found comes back and is drawn.
import "./shell.js";
import { Camera } from "./camera.js";
import { pictureIn, prepare } from "./picture.js";
import { ask } from "./problem.js";
import { Recognised } from "./recognised.js";

const by = (id) => document.getElementById(id);
const state = { picture: null, photoId: "" };
const camera = new Camera(by("camera"), () => by("file-camera").click());
const recognised = new Recognised({ stage: by("stage"), tools: by("tools"), place: by("found") });

// --- the question ------------------------------------------------------------------------------------------------

const task = () => by("asked").elements.task.value;
const labels = () => by("labels").value;

/** Labels that cannot answer the question are switched off, and the question turned to one they can answer. */
function fit() {
  const able = by("labels").selectedOptions[0].dataset.tasks.split(" ");
  for (const input of by("asked").querySelectorAll("[name=task]")) input.disabled = !able.includes(input.value);
  if (!able.includes(task())) by("asked").querySelector(`[name=task][value="${able[0]}"]`).checked = true;
}

function remember() {
  const place = new URLSearchParams({ task: task() });
  if (labels()) place.set("labels", labels());
  if (state.photoId) place.set("photo", state.photoId);
  history.replaceState(null, "", `/console/recognise?${place}`);
  const name = state.picture && !state.photoId ? state.picture.name : "photo.jpg";
  const said = labels() ? ` --labels ${labels()}` : "";
  by("command").textContent = `shopsight recognise ${/\s/.test(name) ? `"${name}"` : name} --task ${task()}${said} --out drawn.png`;
}

by("asked").addEventListener("change", () => { fit(); look(); });
by("asked").addEventListener("submit", (event) => event.preventDefault());

function order() {
  const form = new FormData();
  form.set("photo", state.picture.blob, state.picture.name);
  form.set("task", task());
  form.set("labels", labels());
  return form;
}

async function look() {
  remember();
  if (!state.picture) return;
  by("trouble").hidden = true;
  by("bench").setAttribute("aria-busy", "true");
  try {
    const said = await recognised.look(order());
    if (said === null) return;
    by("exports").hidden = false;
    const { width, height } = recognised.coco.images[0];
    by("facts").textContent = `${width} × ${height} px`;
    by("status").textContent = said;
    if (!state.picture.url) await showDrawing();
    by("bench").setAttribute("aria-busy", "false");
  } catch (error) {
    if (error.name !== "AbortError") trouble(error);
  }
}

function trouble({ message, cure }) {
  by("trouble").querySelector("[data-message]").textContent = message;
  by("trouble").querySelector("[data-cure]").textContent = cure ?? "";
  by("trouble").hidden = false;
  by("bench").setAttribute("aria-busy", "false");
  by("exports").hidden = true;
  recognised.clear();
}

// --- the picture -------------------------------------------------------------------------------------------------

async function put(picture, photoId = "") {
  if (!picture) return;
  if (state.picture?.url) URL.revokeObjectURL(state.picture.url);
  Object.assign(state, { picture, photoId });
  for (const thumb of document.querySelectorAll("[data-photo-id]")) thumb.setAttribute("aria-pressed", String(thumb.dataset.photoId === photoId));
  recognised.clear();
  by("preview").src = picture.url || "data:,";
  by("stage").hidden = !picture.url;
  by("empty").hidden = Boolean(picture.url);
  await look();
}

async function putShops(photoId) {
  try {
    const blob = await (await ask(`/api/v1/photos/${photoId}`)).blob();
    await put(await prepare(new File([blob], `${photoId.slice(0, 12)}.jpg`, { type: blob.type })), photoId);
  } catch (error) { trouble(error); }
}

/** A browser that cannot show the picture shows the shop's drawing of it. */
async function showDrawing() {
  recognised.overlay.clear();
  by("tools").hidden = true;
  by("preview").src = URL.createObjectURL(await drawing("webp"));
  by("stage").hidden = false;
  by("empty").hidden = true;
}

async function drawing(kind) {
  const form = order();
  form.set("format", kind);
  return (await ask("/api/v1/recognise/picture", { method: "POST", body: form })).blob();
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const stem = () => state.picture.name.replace(/\.[^.]*$/, "") || "photo";
by("coco").addEventListener("click", () => {
  const told = structuredClone(recognised.coco);
  told.images[0].file_name = state.picture.name;
  save(new Blob([JSON.stringify(told)], { type: "application/json" }), `${stem()}-coco.json`);
});
by("drawing").addEventListener("click", async () => {
  try { save(await drawing("png"), `${stem()}-${task()}.png`); } catch (error) { trouble(error); }
});

// --- hands on ----------------------------------------------------------------------------------------------------

const take = async (file) => { if (file) await put(await prepare(file)); };
by("choose").addEventListener("click", () => by("file").click());
by("take").addEventListener("click", async () => put(await camera.take()));
for (const id of ["file", "file-camera"]) {
  by(id).addEventListener("change", ({ target }) => { take(target.files[0]); target.value = ""; });
}
document.querySelector(".lab-shelf")?.addEventListener("click", ({ target }) => {
  const thumb = target.closest("[data-photo-id]");
  if (thumb) putShops(thumb.dataset.photoId);
});
addEventListener("paste", (event) => take(pictureIn(event.clipboardData?.files)));
addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dragging");
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  const file = pictureIn(event.dataTransfer.files);
  if (file) take(file);
  else if (event.dataTransfer.files.length) trouble({ message: "That is not a picture", cure: "Drop a JPEG, PNG, WebP, AVIF or HEIC." });
});

fit();
remember();
if (by("pick").dataset.photo) putShops(by("pick").dataset.photo);
