// The console: starts imports and follows them. All that it shows it asks anew, so a reload loses nothing.
import "./shell.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const form = by("import");
const cards = new Map();
const OVER = new Set(["done", "failed", "stopped", "interrupted"]);
const STATES = { waiting: "Waiting", running: "Running", done: "Done", failed: "Failed", stopped: "Stopped", interrupted: "Interrupted" };
const number = new Intl.NumberFormat("en");

// --- what to bring in --------------------------------------------------------------------------------------------

const from = () => form.elements.from.value;
function turn() {
  for (const part of form.querySelectorAll("[data-from]")) part.hidden = part.dataset.from !== from();
}
form.addEventListener("change", (event) => {
  if (event.target.name === "from") turn();
  if (event.target.name === "file") form.querySelector("[data-file-name]").textContent = event.target.files[0]?.name ?? "Drop a feed or a ZIP of pictures";
});
turn(); // A reload may bring back another choice than the page was made with.

const drop = form.querySelector(".drop");
drop.addEventListener("dragenter", () => drop.classList.add("over"));
for (const end of ["dragleave", "drop"]) drop.addEventListener(end, () => drop.classList.remove("over"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const order = new FormData(form);
  for (const name of ["file", "url", "folder"]) if (name !== from()) order.delete(name);
  order.delete("from");
  const button = form.querySelector("button.main");
  button.disabled = true;
  await attempt(form, async () => {
    const job = await (await ask("/api/v1/imports", { method: "POST", body: order })).json();
    say(`Import of ${job.name} started.`);
    await follow();
  });
  button.disabled = false;
});

async function attempt(place, act) {
  const line = place.querySelector("[data-trouble]");
  line.hidden = true;
  try {
    await act();
  } catch (error) {
    line.hidden = false;
    line.textContent = `${error.message}. ${error.cure ?? ""}`;
  }
}

const say = (words) => { by("status").textContent = words; };

// --- how it goes -------------------------------------------------------------------------------------------------

let timer = 0;
async function follow() {
  clearTimeout(timer);
  try {
    const jobs = await (await ask("/api/v1/imports")).json();
    if (jobs.length) jobs.slice(0, 20).forEach(show);
    if (jobs.some((job) => !OVER.has(job.state))) timer = setTimeout(follow, 700);
  } catch {
    timer = setTimeout(follow, 4000);
  }
}

function show(job) {
  const known = cards.get(job.id);
  const card = known?.card ?? make(job);
  const over = OVER.has(job.state);
  const bar = card.querySelector("[data-bar]");
  const badge = card.querySelector("[data-state]");
  badge.dataset.state = job.state;
  badge.textContent = STATES[job.state];
  bar.hidden = over;
  if (job.total) Object.assign(bar, { max: job.total, value: job.done });
  else bar.removeAttribute("value");
  card.querySelector("[data-line]").textContent = line(job);
  card.querySelector("[data-stop]").textContent = over ? "Forget" : "Stop";
  if (job.rejected_total !== known?.rejected) rejections(card, job);
  if (over && known && !OVER.has(known.state)) finished(job);
  cards.set(job.id, { card, state: job.state, rejected: job.rejected_total });
}

function make(job) {
  const card = by("job").content.cloneNode(true).firstElementChild;
  card.querySelector("[data-name]").textContent = job.name;
  card.querySelector("[data-stop]").addEventListener("click", () => stop(job.id, card));
  if (!cards.size) by("jobs").replaceChildren();
  by("jobs").prepend(card);
  return card;
}

function line(job) {
  if (job.state === "running") {
    const of = job.total ? ` of ${number.format(job.total)}` : "";
    return `${job.stage}: ${number.format(job.done)}${of}`;
  }
  if (job.reason) return `${job.reason}. ${job.cure}`;
  const words = Object.entries(job.counts).filter(([, count]) => count).map(([what, count]) => `${number.format(count)} ${what}`);
  return [...words, job.seconds ? `${job.seconds} s` : ""].filter(Boolean).join(" · ");
}

async function rejections(card, job) {
  const more = card.querySelector("[data-more]");
  more.hidden = !job.rejected_total;
  if (!job.rejected_total) return;
  more.querySelector("summary").textContent = `${number.format(job.rejected_total)} not taken, and why`;
  const { rejected } = await (await ask(`/api/v1/imports/${job.id}/rejected`)).json();
  more.querySelector("ul").replaceChildren(...rejected.map(rejection));
}

function rejection({ item, reason, cure }) {
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("b"), { textContent: item }), `${reason}. `);
  row.append(Object.assign(document.createElement("span"), { className: "soft", textContent: cure }));
  return row;
}

async function stop(id, card) {
  const job = await (await ask(`/api/v1/imports/${id}`, { method: "DELETE" })).json();
  if (OVER.has(job.state)) { card.remove(); cards.delete(id); }
  follow();
}

async function finished(job) {
  say(`Import of ${job.name}: ${STATES[job.state]}. ${line(job)}`);
  const { counts } = await (await ask("/api/v1/health")).json();
  for (const what of ["products", "photos"]) by(`count-${what}`).textContent = number.format(counts[what] ?? 0);
}

// --- the list, the key -------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button || !confirm(`Remove ${button.dataset.remove} from the shop?`)) return;
  await ask(`/api/v1/products/${encodeURIComponent(button.dataset.remove)}`, { method: "DELETE" });
  button.closest("tr").remove();
});

by("key-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.target, async () => {
    const key = event.target.elements.key.value;
    await ask("/api/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }) });
    location.reload();
  });
});

follow();
