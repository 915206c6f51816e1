// A box on a picture: dragged by hand, drawn anew with a mouse, moved with the arrow keys.
// Places are shares of the picture (0 to 1), so the box stays right at every size on the screen.

const SMALLEST = 0.06;
const STEP = 0.02;
const CORNERS = { nw: "top left", ne: "top right", sw: "bottom left", se: "bottom right" };
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class BoxEditor {
  constructor(stage, changed) {
    this.stage = stage;
    this.changed = changed;
    this.box = null;
    this.curtain = this.makeCurtain();
    this.frame = this.makeFrame();
    stage.append(this.curtain, this.frame);
    stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.show(null);
  }

  makeCurtain() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "curtain");
    svg.setAttribute("viewBox", "0 0 1 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.append(document.createElementNS(svg.namespaceURI, "path"));
    svg.firstChild.setAttribute("fill-rule", "evenodd");
    return svg;
  }

  makeFrame() {
    const frame = Object.assign(document.createElement("div"), { className: "crop", tabIndex: 0 });
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", "The part of the picture to look for");
    frame.setAttribute("aria-describedby", "box-hint");
    for (const [corner, words] of Object.entries(CORNERS)) {
      const knob = Object.assign(document.createElement("button"), { type: "button", className: corner });
      knob.dataset.corner = corner;
      knob.setAttribute("aria-label", `Corner ${words}`);
      frame.append(knob);
    }
    frame.addEventListener("keydown", (event) => this.press(event));
    return frame;
  }

  /** Sets the box without telling anybody; null is the whole picture. */
  show(box) {
    this.box = box;
    const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: 1, bottom: 1 };
    Object.assign(this.frame.style, {
      left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%`,
    });
    this.curtain.firstChild.setAttribute("d", `M0 0H1V1H0ZM${left} ${top}V${bottom}H${right}V${top}Z`);
  }

  move(box) {
    this.show(box);
    this.changed(box);
  }

  place(event) {
    const area = this.stage.getBoundingClientRect();
    return [clamp((event.clientX - area.left) / area.width, 0, 1), clamp((event.clientY - area.top) / area.height, 0, 1)];
  }

  grab(event) {
    delete this.stage.dataset.dragged;
    if (event.button || event.target.closest("[data-choice]")) return;
    const corner = event.target.dataset?.corner;
    const inside = this.frame.contains(event.target) && this.box;
    // A finger on the bare picture scrolls the page; only a mouse or pen draws there.
    if (!corner && !inside && event.pointerType === "touch") return;
    event.preventDefault();
    (corner ? event.target : this.frame).focus({ preventScroll: true });
    const [x0, y0] = this.place(event);
    const start = this.box ?? { left: 0, top: 0, right: 1, bottom: 1 };
    const change = corner ? (x, y) => pull(start, corner, x, y) : inside ? (x, y) => shift(start, x - x0, y - y0) : (x, y) => span(x0, y0, x, y);
    let moved = false;
    const drag = (move) => {
      const [x, y] = this.place(move);
      moved ||= Math.hypot(x - x0, y - y0) > 0.01;
      if (moved) this.show(change(x, y));
    };
    const drop = () => {
      this.stage.removeEventListener("pointermove", drag);
      if (!moved) return;
      this.stage.dataset.dragged = "yes"; // The click that ends a drag chooses nothing.
      this.changed(this.box);
    };
    this.stage.setPointerCapture(event.pointerId);
    this.stage.addEventListener("pointermove", drag);
    this.stage.addEventListener("lostpointercapture", drop, { once: true });
  }

  press(event) {
    if (event.key === "Escape") return this.move(null);
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const box = this.box ?? { left: 0.1, top: 0.1, right: 0.9, bottom: 0.9 };
    const [dx, dy] = [way[0] * STEP, way[1] * STEP];
    const corner = event.target.dataset.corner ?? (event.shiftKey ? "se" : "");
    if (!corner) return this.move(shift(box, dx, dy));
    const x = corner.includes("w") ? box.left : box.right;
    const y = corner.includes("n") ? box.top : box.bottom;
    return this.move(pull(box, corner, x + dx, y + dy));
  }
}

function shift(box, dx, dy) {
  dx = clamp(dx, -box.left, 1 - box.right);
  dy = clamp(dy, -box.top, 1 - box.bottom);
  return { left: box.left + dx, top: box.top + dy, right: box.right + dx, bottom: box.bottom + dy };
}

function pull(box, corner, x, y) {
  const next = { ...box };
  if (corner.includes("w")) next.left = clamp(x, 0, box.right - SMALLEST);
  else next.right = clamp(x, box.left + SMALLEST, 1);
  if (corner.includes("n")) next.top = clamp(y, 0, box.bottom - SMALLEST);
  else next.bottom = clamp(y, box.top + SMALLEST, 1);
  return next;
}

function span(x0, y0, x, y) {
  const left = clamp(Math.min(x0, x), 0, 1 - SMALLEST);
  const top = clamp(Math.min(y0, y), 0, 1 - SMALLEST);
  return { left, top, right: Math.max(x0, x, left + SMALLEST), bottom: Math.max(y0, y, top + SMALLEST) };
}
