// The shopper's page: a picture, a box on it, words and filters go out; the part of the page that answers comes back.
import "./shell.js";
import { BoxEditor } from "./box.js";
import { Camera } from "./camera.js";
import { Choices } from "./choices.js";
import { pictureIn, prepare } from "./picture.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const results = by("results");
const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };
const MOST_CHOICES = 8;
const SURE_ENOUGH = 0.5; // Of a finding that is offered: a wrong frame is worse than none.
const state = { picture: null, box: null, offset: 0, asking: null };
const editor = new BoxEditor(by("stage"), (box) => {
  state.box = box ?? WHOLE; // Who asks for the whole picture does not want the shop to cut it.
  choices.mark(null);
  later();
});
const choices = new Choices(by("stage"), (box) => {
  state.box = box;
  editor.show(box);
  find();
});
const camera = new Camera(by("camera"), () => by("file-camera").click());

// --- asking ------------------------------------------------------------------------------------------------------

let waiting = 0;
const later = (ms = 220) => { clearTimeout(waiting); waiting = setTimeout(find, ms); };

function query() {
  const all = new URLSearchParams();
  for (const [name, value] of new FormData(filterForm())) if (name !== "words" && value) all.append(name, value);
  const words = by("q").value.trim();
  if (words && !state.picture) all.set("words", words);
  if (state.offset && !state.picture) all.set("offset", state.offset);
  return all;
}

const filterForm = () => by("filters").querySelector("form");

function photoForm() {
  const form = new FormData();
  form.set("photo", state.picture.blob, state.picture.name);
  form.set("words", by("bend").value.trim());
  if (state.box && state.picture.width) form.set("box", pixels(state.box, state.picture).join(","));
  return form;
}

const pixels = (box, { width, height }) =>
  [box.left * width, box.top * height, box.right * width, box.bottom * height].map(Math.round);

async function find({ push = false } = {}) {
  clearTimeout(waiting);
  state.asking?.abort();
  const asking = (state.asking = new AbortController());
  const address = query();
  remember(address, push);
  const bones = setTimeout(() => skeleton(), results.querySelector(".cards") ? 700 : 120);
  results.setAttribute("aria-busy", "true");
  try {
    const options = state.picture ? { method: "POST", body: photoForm() } : {};
    const answer = await ask(`/results?${address}`, { ...options, signal: asking.signal });
    const html = await answer.text();
    clearTimeout(bones);
    if (asking.signal.aborted) return;
    show(html);
    showCut();
  } catch (error) {
    clearTimeout(bones);
    if (error.name !== "AbortError") trouble(error);
  }
}

function remember(address, push) {
  const place = `/${String(address) && `?${address}`}`;
  if (state.picture) return;
  history[push ? "pushState" : "replaceState"](null, "", place);
}

// --- showing -----------------------------------------------------------------------------------------------------

function show(html) {
  results.innerHTML = html; // Our own server's page part, escaped there.
  results.setAttribute("aria-busy", "false");
  by("invite").hidden = Boolean(state.picture || String(query()));
  say(`${by("verdict").textContent.trim()}. ${results.querySelector("[data-count]")?.dataset.count ?? 0} products.`);
}

function say(words) {
  by("status").textContent = words;
}

function skeleton() {
  results.replaceChildren(by("skeleton").content.cloneNode(true));
}

function trouble({ message, cure }) {
  const page = by("trouble").content.cloneNode(true);
  page.querySelector("[data-message]").textContent = message;
  page.querySelector("[data-cure]").textContent = cure ?? "";
  results.replaceChildren(page);
  results.setAttribute("aria-busy", "false");
}

// --- the picture -------------------------------------------------------------------------------------------------

async function take(file) {
  if (file) await put(await prepare(file));
}

async function put(picture) {
  if (!picture) return;
  if (state.picture?.url) URL.revokeObjectURL(state.picture.url);
  Object.assign(state, { picture, box: null, offset: 0 });
  editor.show(null);
  by("bend").value = "";
  by("q").value = "";
  by("seen").textContent = "";
  choices.show([]);
  by("choices-hint").hidden = true;
  by("shown").hidden = false;
  by("finding").classList.add("with-picture");
  by("invite").hidden = true;
  const visible = Boolean(picture.url);
  by("stage").parentElement.hidden = by("whole").hidden = !visible;
  by("no-preview").hidden = visible;
  if (visible) by("preview").src = picture.url;
  scrollTo({ top: 0, behavior: "instant" });
  await Promise.all([find(), look(picture)]);
  await offer(picture);
}

/** Where the shop searched with a part of the picture only, the box says which. */
function showCut() {
  const cut = results.querySelector("[data-box]")?.dataset.box;
  if (cut && !state.box && state.picture?.width) editor.show(shares(cut.split(",").map(Number), state.picture));
}

/** Once there is an answer: the other products in the picture, to choose from. */
async function offer(picture) {
  if (state.picture !== picture || !picture.width) return;
  const form = new FormData();
  form.set("photo", picture.blob, picture.name);
  form.set("task", "detect");
  try {
    const { findings } = await (await ask("/api/v1/recognise", { method: "POST", body: form })).json();
    if (state.picture !== picture) return;
    const sure = findings.filter(({ score }) => score >= SURE_ENOUGH).slice(0, MOST_CHOICES);
    choices.show(sure.map(({ label, box_px }) => ({ label: named(label), box: shares(box_px, picture) })));
    const count = choices.found.length;
    by("choices-hint").textContent = `${count} products in the picture. Press one to find it.`;
    by("choices-hint").hidden = !count;
    if (count) say(by("choices-hint").textContent);
  } catch { /* Without them the box is still there to be drawn. */ }
}

const named = (label) => label.charAt(0).toUpperCase() + label.slice(1);

/** Says what the shop sees, and offers the box around it. */
async function look(picture) {
  const form = new FormData();
  form.set("photo", picture.blob, picture.name);
  try {
    const sight = await (await ask("/api/v1/look", { method: "POST", body: form })).json();
    if (state.picture !== picture) return;
    by("seen").textContent = describe(sight);
    const cut = results.querySelector("[data-box]");
    if (sight.box_px && picture.width && !state.box && !cut) editor.show(shares(sight.box_px, picture));
  } catch { /* The search itself says what is wrong. */ }
}

function shares([left, top, right, bottom], { width, height }) {
  return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
}

function describe({ categories, colours, pattern }) {
  const colour = colours.filter((c) => c.score >= 0.2).slice(0, 2).map((c) => c.label).join(" and ");
  const words = [colour, pattern === "plain" ? "" : pattern, categories[0]?.score >= 0.4 ? categories[0].label.toLowerCase() : ""];
  const said = words.filter(Boolean).join(", ");
  return said && `The shop sees: ${said}.`;
}

function putAway() {
  if (state.picture?.url) URL.revokeObjectURL(state.picture.url);
  Object.assign(state, { picture: null, box: null });
  by("preview").removeAttribute("src");
  by("shown").hidden = true;
  by("finding").classList.remove("with-picture");
  find();
}

// --- hands on ----------------------------------------------------------------------------------------------------

const openFiles = () => by("file").click();
by("take").hidden = by("choose").hidden = by("hint").hidden = false;
by("take").addEventListener("click", async () => put(await camera.take()));
by("choose").addEventListener("click", openFiles);
by("another").addEventListener("click", openFiles);
by("away").addEventListener("click", putAway);
by("whole").addEventListener("click", () => editor.move(null));
for (const id of ["file", "file-camera"]) {
  by(id).addEventListener("change", ({ target }) => { take(target.files[0]); target.value = ""; });
}
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

by("q").addEventListener("input", () => {
  if (state.picture) return;
  state.offset = 0;
  later();
});
by("words").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.picture) putAway();
  state.offset = 0;
  find({ push: true });
});
by("bend").addEventListener("input", () => later(400));
filterForm().addEventListener("input", () => { state.offset = 0; later(); });
filterForm().addEventListener("submit", (event) => { event.preventDefault(); find({ push: true }); });

results.addEventListener("click", (event) => {
  const link = event.target.closest("[data-drop], [data-clear], [data-offset], [data-again]");
  if (!link) return;
  event.preventDefault();
  if (link.dataset.drop) unset(link.dataset.drop, link.dataset.value);
  if ("clear" in link.dataset) for (const field of filterForm()) unset(field.name);
  state.offset = Number(link.dataset.offset ?? 0);
  find({ push: true });
  if (link.dataset.offset) { scrollTo({ top: results.offsetTop - 90 }); by("main").focus({ preventScroll: true }); }
});

function unset(name, value) {
  for (const field of filterForm().querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.type !== "checkbox") field.value = "";
    else if (value === undefined || field.value === value) field.checked = false;
  }
}

addEventListener("popstate", () => location.reload());

const wide = matchMedia("(min-width: 60rem)");
const fit = () => { by("filters").open = wide.matches; };
wide.addEventListener("change", fit);
fit();
state.offset = Number(new URLSearchParams(location.search).get("offset") ?? 0);
