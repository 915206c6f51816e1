// A picture with what was recognised in it: asks the server, draws over the picture, ties the table to the drawing.
import { Overlay } from "./overlay.js";
import { ask } from "./problem.js";

export class Recognised {
  /** `stage` holds the picture, `tools` the switches (masks, boxes, names, least score), `place` gets the words. */
  constructor({ stage, tools, place }) {
    Object.assign(this, { stage, tools, place, coco: null, asking: null });
    this.overlay = new Overlay(stage);
    tools.addEventListener("input", ({ target }) => this.turn(target));
    place.addEventListener("change", () => this.sift());
    place.addEventListener("click", ({ target }) => this.hold(target.closest("[data-light]")));
    for (const kind of ["pointerover", "focusin"]) place.addEventListener(kind, ({ target }) => this.light(rowOf(target)));
    for (const kind of ["pointerleave", "focusout"]) place.addEventListener(kind, () => this.light(-1));
    stage.addEventListener("pointermove", (event) => this.light(this.under(event)));
    stage.addEventListener("pointerleave", () => this.light(-1));
    stage.addEventListener("click", (event) => this.hold(place.querySelector(`[data-light="${this.under(event)}"]`)));
  }

  /** Sends the photo and a task; resolves with the words of the answer, or null when another question overtook it. */
  async look(form) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const answer = await ask("/console/recognise", { method: "POST", body: form, signal: asking.signal });
    const html = await answer.text();
    return asking.signal.aborted ? null : this.show(html);
  }

  show(html) {
    this.place.innerHTML = html; // Our own server's page part, escaped there.
    const { task, placed } = this.place.firstElementChild.dataset;
    this.coco = JSON.parse(this.place.querySelector("[data-coco]").textContent);
    this.held = -1;
    this.overlay.look.hidden.clear();
    if (task === "classify") this.overlay.clear();
    else this.overlay.show(this.coco, placed === "yes");
    const masks = this.overlay.marks.some(({ mask }) => mask);
    for (const [name, there] of [["masks", masks], ["boxes", placed === "yes"]]) {
      const input = this.tools.querySelector(`[data-look="${name}"]`);
      if (input) input.disabled = !there;
    }
    this.tools.hidden = !this.overlay.marks.length;
    this.paint();
    return this.place.querySelector("[data-said]").textContent.trim();
  }

  clear() {
    this.asking?.abort();
    this.overlay.clear();
    this.place.replaceChildren();
    this.coco = null;
    this.tools.hidden = true;
  }

  /** The swatches of table and legend get the colours of the drawing. */
  paint() {
    for (const { number, label, colour } of this.overlay.marks) {
      this.place.querySelector(`[data-row="${number}"] circle`)?.setAttribute("fill", colour);
      const kind = this.place.querySelector(`[data-kind="${CSS.escape(label)}"] + svg circle`);
      if (kind && !kind.hasAttribute("fill")) kind.setAttribute("fill", colour);
    }
  }

  turn(input) {
    if (input.dataset.look) this.overlay.set({ [input.dataset.look]: input.checked });
    if (input.type !== "range") return;
    this.tools.querySelector("output").textContent = `${input.value} %`;
    this.overlay.set({ least: input.value / 100 });
    this.dim();
  }

  sift() {
    const off = [...this.place.querySelectorAll("[data-kind]:not(:checked)")];
    this.overlay.set({ hidden: new Set(off.map((input) => input.dataset.kind)) });
    this.dim();
  }

  /** Rows of what is not drawn stay, paler. */
  dim() {
    const shown = new Set(this.overlay.shown.map(({ number }) => String(number)));
    for (const row of this.place.querySelectorAll("[data-row]")) row.classList.toggle("off", !shown.has(row.dataset.row));
  }

  under({ clientX, clientY }) {
    const area = this.stage.getBoundingClientRect();
    return this.overlay.at((clientX - area.left) / area.width, (clientY - area.top) / area.height);
  }

  light(number) {
    const lit = number >= 0 ? number : this.held ?? -1;
    this.overlay.light(lit);
    for (const row of this.place.querySelectorAll("[data-row]")) row.classList.toggle("lit", Number(row.dataset.row) === lit);
  }

  /** A pressed finding stays lit until it is pressed again. */
  hold(button) {
    if (!this.overlay.marks.length) return;
    const number = button ? Number(button.dataset.light) : -1;
    this.held = number === this.held ? -1 : number;
    for (const each of this.place.querySelectorAll("[data-light]")) each.setAttribute("aria-pressed", String(Number(each.dataset.light) === this.held));
    this.light(this.held);
  }
}

const rowOf = (target) => Number(target.closest("[data-row]")?.dataset.row ?? -1);

