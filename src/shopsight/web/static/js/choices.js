// The products that were found in a picture, as frames that can be pressed: by finger, mouse or keyboard.
// Places are shares of the picture (0 to 1), as the box editor has them.

const TARGET_PX = 44;

export class Choices {
  constructor(stage, picked) {
    this.stage = stage;
    this.picked = picked;
    this.found = [];
    this.list = Object.assign(document.createElement("div"), { className: "choices", hidden: true });
    this.list.setAttribute("role", "group");
    this.list.setAttribute("aria-label", "Products in the picture");
    stage.append(this.list);
    stage.addEventListener("click", (event) => this.press(event));
    new ResizeObserver(() => this.settle()).observe(stage);
  }

  /** `found` are `{ label, box }`; one alone is no choice. */
  show(found) {
    this.found = found.length > 1 ? found.sort((a, b) => sizeOf(b) - sizeOf(a)) : []; // Small ones lie over large ones.
    this.list.hidden = !this.found.length;
    this.list.replaceChildren(...this.found.map((each, number) => this.frame(each, number)));
    this.settle();
    this.mark(null);
  }

  frame({ label, box: { left, top, right, bottom } }, number) {
    const frame = Object.assign(document.createElement("div"), { className: "choice" });
    const style = { left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%` };
    Object.assign(frame.style, style);
    const button = Object.assign(document.createElement("button"), { type: "button", title: label });
    button.dataset.choice = number;
    button.setAttribute("aria-label", `${label}: find this one`);
    const name = Object.assign(document.createElement("span"), { className: "choice-name", textContent: label });
    name.setAttribute("aria-hidden", "true");
    frame.append(name, button);
    return frame;
  }

  /** Puts each button into the middle of its frame, or where it lies over no other button. */
  settle() {
    const { width, height } = this.stage.getBoundingClientRect();
    const taken = [];
    for (const [number, { box }] of this.found.entries()) {
      const [wide, high] = [(box.right - box.left) * width, (box.bottom - box.top) * height];
      const places = [0.5, 0.2, 0.8, 0.35, 0.65].flatMap((y) => [0.5, 0.25, 0.75].map((x) => [x, y]));
      const free = ([x, y]) => taken.every(([a, b]) => Math.max(Math.abs(a - box.left * width - x * wide), Math.abs(b - box.top * height - y * high)) >= TARGET_PX);
      const [x, y] = places.find(free) ?? places[0];
      taken.push([box.left * width + x * wide, box.top * height + y * high]);
      Object.assign(this.list.children[number].lastChild.style, { left: `${x * 100}%`, top: `${y * 100}%` });
    }
  }

  /** Tells which one is searched: its number, or null for none of them. */
  mark(chosen) {
    for (const [number, frame] of [...this.list.children].entries()) {
      frame.classList.toggle("is", number === chosen);
      frame.lastChild.setAttribute("aria-pressed", String(number === chosen));
    }
  }

  press(event) {
    const button = event.target.closest("[data-choice]");
    const number = button ? Number(button.dataset.choice) : this.under(event);
    if (number >= 0) this.choose(number);
  }

  choose(number) {
    this.mark(number);
    this.picked(this.found[number].box);
  }

  /** The smallest frame at a place, or -1. A corner of the box, or the end of a drag, is no press. */
  under(event) {
    if (event.target.closest("[data-corner]") || this.stage.dataset.dragged) return -1;
    const area = this.stage.getBoundingClientRect();
    const [x, y] = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    const holds = ({ box }) => x >= box.left && x < box.right && y >= box.top && y < box.bottom;
    const best = this.found.filter(holds).sort((a, b) => sizeOf(a) - sizeOf(b))[0];
    return best ? this.found.indexOf(best) : -1;
  }
}

const sizeOf = ({ box }) => (box.right - box.left) * (box.bottom - box.top);
