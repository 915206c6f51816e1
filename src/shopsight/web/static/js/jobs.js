// Work that goes on at the server: each piece a card that is asked anew until it is over, so a reload loses nothing.
import { ask } from "./problem.js";

const OVER = new Set(["done", "failed", "stopped", "interrupted"]);
export const STATES = { waiting: "Waiting", running: "Running", done: "Done", failed: "Failed", stopped: "Stopped", interrupted: "Interrupted" };
const number = new Intl.NumberFormat("en");
const SHOWN = 10;

export class Jobs {
  /** `address` lists the jobs, `startAt` takes orders, `place` gets their cards, `line` says in words what one gave, `finished` hears of its end. */
  constructor({ address, startAt = address, place, line, finished }) {
    Object.assign(this, { address, startAt, place, line, finished, cards: new Map(), timer: 0 });
    this.follow();
  }

  /** Orders work; raises `Problem` when it is refused. */
  async start(order) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) };
    const job = await (await ask(this.startAt, options)).json();
    await this.follow();
    return job;
  }

  async follow() {
    clearTimeout(this.timer);
    try {
      const jobs = await (await ask(this.address)).json();
      for (const job of jobs.slice(0, SHOWN).reverse()) this.show(job);
      if (jobs.some((job) => !OVER.has(job.state))) this.timer = setTimeout(() => this.follow(), 700);
    } catch {
      this.timer = setTimeout(() => this.follow(), 4000);
    }
  }

  show(job) {
    const known = this.cards.get(job.id);
    const card = known?.card ?? this.make(job);
    const over = OVER.has(job.state);
    const [bar, badge] = [card.querySelector("[data-bar]"), card.querySelector("[data-state]")];
    badge.dataset.state = job.state;
    badge.textContent = STATES[job.state];
    bar.hidden = over;
    if (job.total) Object.assign(bar, { max: job.total, value: job.done });
    else bar.removeAttribute("value");
    card.querySelector("[data-line]").textContent = this.words(job);
    card.querySelector("[data-stop]").textContent = over ? "Forget" : "Stop";
    this.cards.set(job.id, { card, state: job.state });
    if (over && known && !OVER.has(known.state)) this.finished(job);
    return card;
  }

  words(job) {
    if (job.state === "running") return `${job.stage}: ${number.format(job.done)}${job.total ? ` of ${number.format(job.total)}` : ""}`;
    return job.reason ? `${job.reason}. ${job.cure}` : this.line(job);
  }

  make(job) {
    const card = document.getElementById("job").content.cloneNode(true).firstElementChild;
    card.querySelector("[data-name]").textContent = job.name;
    card.querySelector("[data-bar]").setAttribute("aria-label", `Progress of ${job.name}`);
    card.querySelector("[data-stop]").addEventListener("click", () => this.stop(job.id, card));
    if (!this.cards.size) this.place.replaceChildren();
    this.place.prepend(card);
    return card;
  }

  async stop(id, card) {
    const job = await (await ask(`${this.address}/${id}`, { method: "DELETE" })).json();
    if (OVER.has(job.state)) { card.remove(); this.cards.delete(id); }
    this.follow();
  }
}

/** Runs an act of a form; what goes wrong is told in it, with the cure. */
export async function attempt(form, act) {
  const [line, button] = [form.querySelector("[data-trouble]"), form.querySelector("button:not([type=button])")];
  line.hidden = button.disabled = true;
  try {
    await act();
  } catch (error) {
    line.textContent = `${error.message}. ${error.cure ?? ""}`;
    line.hidden = false;
  }
  button.disabled = false;
}
