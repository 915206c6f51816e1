// The lab: a picture and the chosen operation go out; the picture after, and its numbers, come back.
import "./shell.js";
import { Camera } from "./camera.js";
import { pictureIn, prepare } from "./picture.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const state = { picture: null, photoId: "", name: "", asking: null, after: null };
const camera = new Camera(by("camera"), () => by("file-camera").click());
const side = by("pick").dataset.side;

// --- the knobs ---------------------------------------------------------------------------------------------------

const chosen = () => document.querySelector("[name=operation]:checked");
const knobsOf = (name) => by("knobs").querySelector(`[data-operation="${CSS.escape(name)}"]`);
const knobs = () => [...knobsOf(chosen().value).querySelectorAll("[data-kind]")];

function turn() {
  const radio = chosen();
  for (const part of by("knobs").children) part.hidden = part.disabled = part.dataset.operation !== radio.value;
  by("operation-name").textContent = by("knobs-title").textContent = radio.dataset.title;
  by("knobs-summary").textContent = radio.dataset.summary;
  by("reset").hidden = !knobs().length;
  remember();
  spell();
}

function value(knob) {
  if (knob.dataset.kind === "switch") return knob.checked;
  return knob.dataset.kind === "choice" ? knob.value : Number(knob.value);
}

const first = (knob) => knob.dataset.kind === "switch" ? knob.defaultChecked
  : knob.dataset.kind === "choice" ? [...knob.options].find((o) => o.defaultSelected).value : Number(knob.defaultValue);

function parameters() {
  return Object.fromEntries(knobs().map((knob) => [knob.name, value(knob)]));
}

/** The command that does the same; only what differs from the defaults is said. */
function spell() {
  const said = knobs().filter((knob) => value(knob) !== first(knob)).map((knob) => {
    const given = value(knob);
    const word = typeof given === "boolean" ? (given ? "yes" : "no") : String(given);
    return ` --${knob.name.replaceAll("_", "-")} ${/\s/.test(word) ? `"${word}"` : word}`;
  });
  by("command").textContent = `shopsight image ${chosen().value} ${state.name || "IN.jpg"} OUT.png${said.join("")}`;
}

function remember() {
  const place = new URLSearchParams({ operation: chosen().value });
  if (state.photoId) place.set("photo", state.photoId);
  history.replaceState(null, "", `/console/lab?${place}`);
}

by("knobs").addEventListener("input", ({ target }) => {
  if (target.type === "range") by(`${target.id}-exact`).value = target.value;
  if (target.type === "number") {
    if (target.value === "" || !target.validity.valid) return;
    by(target.id.replace(/-exact$/, "")).value = target.value;
  }
  spell();
  later();
});
by("knobs").addEventListener("change", ({ target }) => {
  if (target.type === "number") target.value = by(target.id.replace(/-exact$/, "")).value;
});
by("knobs").addEventListener("submit", (event) => event.preventDefault());
by("reset").addEventListener("click", () => {
  for (const knob of knobs()) {
    if (knob.dataset.kind === "switch") knob.checked = knob.defaultChecked;
    else knob.value = first(knob);
    if (knob.type === "range") by(`${knob.id}-exact`).value = knob.value;
  }
  spell();
  later(0);
});
by("groups").addEventListener("change", () => {
  turn();
  if (!wide.matches) by("operations").open = false;
  later(0);
});

// --- asking ------------------------------------------------------------------------------------------------------

let waiting = 0;
const later = (ms = 160) => { clearTimeout(waiting); waiting = setTimeout(work, ms); };

function order() {
  const form = new FormData();
  if (state.photoId) form.set("photo_id", state.photoId);
  else form.set("photo", state.picture.blob, state.picture.name);
  form.set("parameters", JSON.stringify(parameters()));
  return form;
}

async function work() {
  if (!state.picture && !state.photoId) return;
  state.asking?.abort();
  const asking = (state.asking = new AbortController());
  by("bench").setAttribute("aria-busy", "true");
  try {
    const answer = await ask(`/console/lab/${chosen().value}`, { method: "POST", body: order(), signal: asking.signal });
    const html = await answer.text();
    if (!asking.signal.aborted) show(html);
  } catch (error) {
    if (error.name !== "AbortError") trouble(error);
  }
}

function show(html) {
  by("numbers").innerHTML = html; // Our own server's page part, escaped there.
  const told = by("numbers").querySelector("[data-altered]");
  const { same, width, height, ms } = told.dataset;
  by("after").src = told.textContent.trim();
  told.remove();
  by("compare").dataset.same = same;
  by("compare").hidden = false;
  by("empty").hidden = by("trouble").hidden = true;
  by("bench").setAttribute("aria-busy", "false");
  by("download").hidden = false;
  by("facts").textContent = `${width} × ${height} px, ${ms} ms`;
  by("status").textContent = `${chosen().dataset.title} done. ${width} by ${height} pixels.`;
}

function trouble({ message, cure }) {
  by("trouble").querySelector("[data-message]").textContent = message;
  by("trouble").querySelector("[data-cure]").textContent = cure ?? "";
  by("trouble").hidden = false;
  by("bench").setAttribute("aria-busy", "false");
}

by("download").href = "#download";
by("download").addEventListener("click", async (event) => {
  event.preventDefault();
  const form = order();
  form.set("side_px", side);
  try {
    const blob = await (await ask(`/api/v1/image/${chosen().value}`, { method: "POST", body: form })).blob();
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${chosen().value}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch (error) { trouble(error); }
});

// --- the picture -------------------------------------------------------------------------------------------------

/** Before, as the shop decodes it: the same size as after, and shown even where the browser cannot read the file. */
async function put(picture, photoId = "") {
  if (!picture && !photoId) return;
  if (state.picture?.url) URL.revokeObjectURL(state.picture.url);
  Object.assign(state, { picture, photoId, name: picture ? picture.name : "PHOTO.jpg" });
  for (const thumb of document.querySelectorAll("[data-photo-id]")) thumb.setAttribute("aria-pressed", String(thumb.dataset.photoId === photoId));
  remember();
  spell();
  const form = new FormData();
  if (photoId) form.set("photo_id", photoId);
  else form.set("photo", picture.blob, picture.name);
  form.set("side_px", side);
  form.set("written", "webp");
  try {
    const blob = await (await ask("/api/v1/image/levels", { method: "POST", body: form })).blob();
    if (by("before").src) URL.revokeObjectURL(by("before").src);
    by("before").src = URL.createObjectURL(blob);
    await work();
  } catch (error) { trouble(error); }
}

const take = async (file) => { if (file) await put(await prepare(file)); };
by("choose").addEventListener("click", () => by("file").click());
by("take").addEventListener("click", async () => put(await camera.take()));
for (const id of ["file", "file-camera"]) {
  by(id).addEventListener("change", ({ target }) => { take(target.files[0]); target.value = ""; });
}
document.querySelector(".lab-shelf")?.addEventListener("click", ({ target }) => {
  const thumb = target.closest("[data-photo-id]");
  if (thumb) put(null, thumb.dataset.photoId);
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

// --- the seam between before and after ---------------------------------------------------------------------------

const compare = by("compare");
const seam = by("seam");
const cut = () => compare.style.setProperty("--cut", `${seam.value}%`);
seam.addEventListener("input", cut);
cut();
compare.addEventListener("pointerdown", (event) => {
  if (event.button || compare.dataset.same !== "yes") return;
  event.preventDefault();
  seam.focus({ preventScroll: true });
  const drag = ({ clientX }) => {
    const area = compare.getBoundingClientRect();
    seam.value = Math.round(((clientX - area.left) / area.width) * 100);
    cut();
  };
  drag(event);
  compare.setPointerCapture(event.pointerId);
  compare.addEventListener("pointermove", drag);
  compare.addEventListener("lostpointercapture", () => compare.removeEventListener("pointermove", drag), { once: true });
});

const wide = matchMedia("(min-width: 60rem)");
const fit = () => { by("operations").open = wide.matches; };
wide.addEventListener("change", fit);
fit();
turn();
const linked = by("pick").dataset.photo;
if (linked) put(null, linked);
