// The page of suggestions: decide by button or key, undo, accept all that are sure, start a run over the catalogue.
import "./shell.js";
import { Jobs, STATES, attempt } from "./jobs.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const API = "/api/v1/suggestions";
const say = (words) => { by("status").textContent = words; };
const post = async (address, body) => (await ask(`${API}/${address}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
const pageAsks = new URLSearchParams(location.search);
const of = (name) => pageAsks.get(name) ?? "";

// --- one suggestion ----------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("[data-idea]")];
const pending = (row) => row.dataset.state === "pending";
const OUTCOMES = { accepted: () => "Accepted", dismissed: () => "Dismissed", corrected: (value) => `Corrected to “${value}”`, pending: () => "" };

function stand(row, { state, corrected = "" }) {
  row.dataset.state = state;
  row.querySelector("[data-outcome]").textContent = OUTCOMES[state](corrected);
  fix(row, false);
}

function fix(row, open) {
  const form = row.querySelector("[data-fix]");
  form.hidden = !open;
  row.classList.toggle("fixing", open);
  if (open) form.elements.value.focus();
}

async function decide(row, act, value = "") {
  by("trouble").hidden = true;
  const numbers = [Number(row.dataset.idea)];
  row.setAttribute("aria-busy", "true");
  try {
    const told = act === "correct" ? await post(`${numbers[0]}/correct`, { value }) : (await post(act, { numbers }))[0];
    stand(row, told);
    say(`${row.dataset.value}: ${row.querySelector("[data-outcome]").textContent || "to decide again"}`);
    if (told.state === "pending") row.focus();
    else forward(row);
    count();
  } catch (error) { trouble(error); }
  row.removeAttribute("aria-busy");
}

/** On to the next that waits; where none does, the decided one keeps the focus, so that it can be undone. */
function forward(row) {
  const all = rows();
  const next = [...all.slice(all.indexOf(row) + 1), ...all].find(pending);
  (next ?? row).focus();
}

function trouble({ message, cure }) {
  by("trouble").textContent = `${message}. ${cure ?? ""}`;
  by("trouble").hidden = false;
}

const ACTS = {
  accept: (row) => decide(row, "accept"),
  dismiss: (row) => decide(row, "dismiss"),
  undo: (row) => decide(row, "undo"),
  correct: (row) => fix(row, true),
  leave: (row) => { fix(row, false); row.focus(); },
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act]");
  if (button) ACTS[button.dataset.act](button.closest("[data-idea]"));
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-fix]")) return;
  event.preventDefault();
  const value = event.target.elements.value.value.trim();
  if (value) decide(event.target.closest("[data-idea]"), "correct", value);
});

// Letters act only while a suggestion has the focus: nobody decides by accident.
const KEYS = { a: "accept", c: "correct", d: "dismiss", u: "undo" };
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-idea]");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input")) {
    if (event.key === "Escape") ACTS.leave(row);
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const act = KEYS[event.key.toLowerCase()];
  const can = act && (act === "undo" ? !pending(row) : pending(row)) && !row.querySelector(`[data-act="${act}"]`).disabled;
  if (!step && !can) return;
  event.preventDefault();
  if (step) rows()[rows().indexOf(row) + step]?.focus();
  else ACTS[act](row);
});

// --- how far -----------------------------------------------------------------------------------------------------

async function count() {
  const { states } = await (await ask(`${API}?limit=1`)).json();
  const all = Object.values(states).reduce((sum, each) => sum + each, 0);
  const decided = all - states.pending;
  by("far").querySelector("[data-decided]").textContent = decided;
  by("far").querySelector("[data-all]").textContent = all;
  Object.assign(by("far-bar"), { max: Math.max(1, all), value: decided });
  for (const each of document.querySelectorAll("[data-count]")) each.textContent = states[each.dataset.count];
  sure();
}

// "Next" leaves behind what was skipped, and only that: what was decided is no longer in the list.
by("next")?.addEventListener("click", (event) => {
  event.preventDefault();
  const there = new URLSearchParams(location.search);
  const skipped = rows().filter(pending).length;
  there.set("offset", Number(event.currentTarget.dataset.offset) + skipped);
  location.search = there;
});

// --- all that are sure -------------------------------------------------------------------------------------------

const least = () => by("sure-least").value / 100;
const surest = (more = {}) => {
  const asked = new URLSearchParams({ state: "pending", least_score: least(), ...more });
  if (of("kind")) asked.set("kind", of("kind"));
  return ask(`${API}?${asked}`).then((answer) => answer.json());
};

let counting = 0;
async function sure() {
  by("sure-said").textContent = `${by("sure-least").value} %`;
  clearTimeout(counting);
  counting = setTimeout(async () => {
    const { total } = await surest({ limit: 1 }).catch(() => ({ total: 0 }));
    by("sure").querySelector("[data-many]").textContent = total;
  }, 120);
}
by("sure-least").addEventListener("input", sure);

let batch = [];
by("sure").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  batch = [];
  try {
    for (;;) {
      const { suggestions } = await surest({ limit: 200 });
      if (!suggestions.length) break;
      const told = await post("accept", { numbers: suggestions.map(({ id }) => id) });
      batch.push(...told.map(({ id }) => id));
      told.forEach(restate);
    }
  } catch (error) { trouble(error); }
  button.disabled = false;
  announce(`${batch.length} accepted.`, batch.length);
  count();
});

function restate(told) {
  const row = document.querySelector(`[data-idea="${told.id}"]`);
  if (row) stand(row, told);
}

function announce(words, undoable) {
  by("batch").hidden = false;
  by("batch").querySelector("[data-told]").textContent = words;
  by("batch").querySelector("[data-undo-batch]").hidden = !undoable;
}

by("batch").querySelector("[data-undo-batch]").addEventListener("click", async () => {
  try {
    for (let at = 0; at < batch.length; at += 200) (await post("undo", { numbers: batch.slice(at, at + 200) })).forEach(restate);
    announce(`${batch.length} taken back.`, false);
    batch = [];
  } catch (error) { trouble(error); }
  count();
});

// --- the whole catalogue -----------------------------------------------------------------------------------------

const jobs = new Jobs({
  address: `${API}/runs`,
  place: by("jobs"),
  line: ({ counts, seconds }) => `${counts.added ?? 0} new suggestions, ${counts.renewed ?? 0} renewed, ${counts.unknown ?? 0} products not recognised, ${seconds} s`,
  finished: (job) => {
    say(`${job.name}: ${STATES[job.state]}.`);
    if (job.state === "done") location.reload();
  },
});

by("make").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.target, async () => { await jobs.start({ restate: event.target.elements.restate.checked }); });
});
count();
