// The page of training: orders one, follows it, shows its report when it is done.
import "./shell.js";
import { Jobs, STATES, attempt } from "./jobs.js";
import { ask } from "./problem.js";

const by = (id) => document.getElementById(id);
const jobs = new Jobs({ address: "/api/v1/train", startAt: "/api/v1/train/classifier", place: by("jobs"), line, finished });

const percent = (share) => `${Math.round(share * 100)} %`;

function line({ result, counts, seconds }) {
  const accuracy = result.figures?.accuracy;
  const good = accuracy ? `${percent(accuracy.value)} (${percent(accuracy.low)} to ${percent(accuracy.high)}) right, ` : "";
  return `${good}${counts.photos ?? 0} photos, ${counts.labels ?? 0} labels, ${seconds} s`;
}

async function finished(job) {
  by("status").textContent = `Training of ${job.name}: ${STATES[job.state]}.`;
  if (job.state !== "done") return;
  by("engines").innerHTML = await (await ask(`/console/train/engines?fresh=${encodeURIComponent(job.name)}`)).text();
  by(`engine-${job.name}`)?.scrollIntoView({ block: "nearest" });
}

by("learn").addEventListener("submit", (event) => {
  event.preventDefault();
  const { label, method, name, trials, apart } = Object.fromEntries(new FormData(event.target));
  attempt(event.target, async () => {
    const job = await jobs.start({ label, method, name, trials: Number(trials), apart });
    by("status").textContent = `Training of ${job.name} started.`;
  });
});
