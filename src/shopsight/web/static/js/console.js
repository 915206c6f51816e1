// The console: starts imports and follows them. All that it shows it asks anew, so a reload loses nothing.
import "./shell.js";
import { Jobs, STATES, attempt } from "./jobs.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const form = by("import");
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
  await attempt(form, async () => {
    const job = await (await ask("/api/v1/imports", { method: "POST", body: order })).json();
    say(`Import of ${job.name} started.`);
    await imports.follow();
  });
});

const say = (words) => { by("status").textContent = words; };

// --- how it goes -------------------------------------------------------------------------------------------------

/** Imports also tell what they did not take. */
class Imports extends Jobs {
  show(job) {
    const card = super.show(job);
    if (String(job.rejected_total) === card.dataset.rejected) return card;
    card.dataset.rejected = job.rejected_total;
    rejections(card, job);
    return card;
  }
}

const imports = new Imports({ address: "/api/v1/imports", place: by("jobs"), line, finished });

function line({ counts, seconds }) {
  const words = Object.entries(counts).filter(([, count]) => count).map(([what, count]) => `${number.format(count)} ${what}`);
  return [...words, seconds ? `${seconds} s` : ""].filter(Boolean).join(" · ");
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

async function finished(job) {
  say(`Import of ${job.name}: ${STATES[job.state]}. ${imports.words(job)}`);
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
