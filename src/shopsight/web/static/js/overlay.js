// What was recognised, drawn over its picture from a COCO document: see-through masks, boxes, names. One finding can be lit.

// Okabe and Ito's colours and six of like strength, as in the pictures that the shop draws itself.
const PALETTE = ["#0072b2", "#e08a00", "#009e73", "#c2528b", "#d04a12", "#3a9bd6", "#7a5bd0", "#9a8a00", "#008c95", "#b01a4a", "#5d7a2e", "#8a5a44"];
const VEIL = 0.42;
const EDGE_PX = 2;
const SVG = "http://www.w3.org/2000/svg";

export class Overlay {
  constructor(stage) {
    this.canvas = Object.assign(document.createElement("canvas"), { className: "layer" });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "layer");
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.names = Object.assign(document.createElement("div"), { className: "layer names" });
    for (const layer of [this.canvas, this.svg, this.names]) layer.setAttribute("aria-hidden", "true");
    stage.append(this.canvas, this.svg, this.names);
    this.look = { masks: true, boxes: true, names: true, least: 0, hidden: new Set() };
    this.clear();
  }

  clear() {
    this.marks = [];
    this.lit = -1;
    this.draw();
  }

  /** Takes a COCO document of one picture; where `placed` is false its findings have pixels but no box of their own. */
  show({ images: [{ width, height }], categories, annotations }, placed = true) {
    const label = new Map(categories.map(({ id, name }) => [id, name]));
    const alone = label.size === 1 && annotations.some(({ segmentation }) => segmentation.counts);
    Object.assign(this.canvas, { width, height });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.size = { width, height };
    this.marks = annotations.map(({ bbox, category_id: kind, score, area, segmentation }, number) => {
      const colour = colourOf(alone ? number : kind - 1);
      const mask = segmentation.counts ? new Mask(segmentation, colour) : null;
      return { number, label: label.get(kind), score, area, colour, mask, box: bbox, placed };
    });
    this.lit = -1;
    this.draw();
  }

  set(look) {
    Object.assign(this.look, look);
    this.draw();
  }

  light(number) {
    if (number === this.lit) return;
    this.lit = number;
    this.draw();
  }

  get shown() {
    return this.marks.filter(({ label, score }) => score >= this.look.least && !this.look.hidden.has(label));
  }

  /** The number of the smallest finding at a place (shares of the picture), or -1. */
  at(x, y) {
    const [across, down] = [x * (this.size?.width ?? 0), y * (this.size?.height ?? 0)];
    const holds = ({ mask, box: [left, top, wide, high] }) =>
      mask ? mask.has(across, down) : across >= left && across < left + wide && down >= top && down < top + high;
    return this.shown.filter(holds).sort((a, b) => a.area - b.area)[0]?.number ?? -1;
  }

  draw() {
    const shown = this.shown.sort((a, b) => b.area - a.area); // Small ones lie over large ones.
    const brush = this.canvas.getContext("2d");
    brush.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.look.masks) for (const mark of shown) if (mark.mask) this.tint(brush, mark);
    const boxed = shown.filter(({ placed }) => placed);
    this.svg.replaceChildren(...(this.look.boxes ? boxed.flatMap((mark) => this.box(mark)) : []));
    this.names.replaceChildren(...(this.look.names ? shown.map((mark) => this.name(mark)) : []));
  }

  state({ number }) {
    return this.lit < 0 ? "" : number === this.lit ? "lit" : "dim";
  }

  tint(brush, mark) {
    const state = this.state(mark);
    brush.globalAlpha = state === "dim" ? 0.2 : 1;
    brush.drawImage(mark.mask.picture, mark.mask.left, mark.mask.top);
    if (state === "lit") brush.drawImage(mark.mask.picture, mark.mask.left, mark.mask.top);
    brush.globalAlpha = 1;
  }

  /** A white frame under a coloured one: seen on any picture. */
  box(mark) {
    const [x, y, width, height] = mark.box;
    return ["under", "over"].map((kind) => {
      const frame = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height })) frame.setAttribute(name, value);
      frame.setAttribute("class", `${kind} ${this.state(mark)}`);
      if (kind === "over") frame.setAttribute("stroke", mark.colour);
      return frame;
    });
  }

  name(mark) {
    const tag = Object.assign(document.createElement("span"), { className: `name-tag ${this.state(mark)}` });
    tag.textContent = `${mark.label} ${Math.round(mark.score * 100)} %`;
    const [left, top, wide] = mark.box;
    const [x, y] = mark.placed || !mark.mask ? [left + wide / 2, top] : mark.mask.middle;
    const [across, down] = [x / this.size.width, y / this.size.height];
    // Near an edge a tag hangs inwards.
    const sideways = across < 0.2 ? "0" : across > 0.8 ? "-100%" : "-50%";
    const at = across < 0.2 ? left / this.size.width : across > 0.8 ? (left + wide) / this.size.width : across;
    Object.assign(tag.style, {
      left: `${(mark.placed ? at : across) * 100}%`, top: `${down * 100}%`, background: mark.colour, color: readableOn(mark.colour),
      translate: mark.placed ? `${sideways} ${down < 0.08 ? "0" : "-100%"}` : "-50% -50%",
    });
    return tag;
  }
}

export const colourOf = (number) => PALETTE[number % PALETTE.length];

/** The pixels of one finding, from COCO's run lengths, and the same tinted with a strong edge. */
class Mask {
  constructor({ size: [height, width], counts }, colour) {
    Object.assign(this, { width, height });
    this.flat = unpack(stretch(counts), width, height);
    this.bound();
    this.picture = this.paint(colour);
  }

  has(x, y) {
    return this.flat[Math.floor(y) * this.width + Math.floor(x)] === 1;
  }

  /** The box around the pixels, and the middle of their longest row. */
  bound() {
    let [left, top, right, bottom, longest] = [this.width, this.height, 0, 0, 0];
    this.middle = [0, 0];
    for (let y = 0; y < this.height; y++) {
      for (let x = 0, run = 0; x < this.width; x++) {
        run = this.flat[y * this.width + x] ? run + 1 : 0;
        if (!run) continue;
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y), y + 1];
        if (run > longest) [longest, this.middle] = [run, [x - run / 2, y]];
      }
    }
    Object.assign(this, { left, top, wide: Math.max(1, right - left), high: Math.max(1, bottom - top) });
  }

  paint(colour) {
    const { left, top, wide, high } = this;
    const picture = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    const brush = picture.getContext("2d");
    const pixels = brush.createImageData(wide, high);
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        if (!this.has(left + x, top + y)) continue;
        pixels.data.set([red, green, blue, this.edge(left + x, top + y) ? 255 : 255 * VEIL], 4 * (y * wide + x));
      }
    }
    brush.putImageData(pixels, 0, 0);
    return picture;
  }

  edge(x, y) {
    return !(this.in(x - EDGE_PX, y) && this.in(x + EDGE_PX, y) && this.in(x, y - EDGE_PX) && this.in(x, y + EDGE_PX));
  }

  in(x, y) {
    return x >= 0 && y >= 0 && x < this.width && y < this.height && this.flat[y * this.width + x] === 1;
  }
}

/** COCO's text as run lengths: groups of five bits, from the third on differences to the one two places before. */
export function stretch(text) {
  const runs = [];
  for (let at = 0; at < text.length;) {
    let [number, shift, group] = [0, 0, 0];
    do {
      group = text.charCodeAt(at++) - 48;
      number += (group & 31) * 2 ** shift;
      shift += 5;
    } while (group & 32);
    if (group & 16) number -= 2 ** shift;
    runs.push(number + (runs.length > 2 ? runs[runs.length - 2] : 0));
  }
  return runs;
}

/** Runs go down the columns, the first is of zeros; the pixels come row by row. */
function unpack(runs, width, height) {
  const flat = new Uint8Array(width * height);
  let place = 0;
  for (const [number, run] of runs.entries()) {
    if (number % 2) for (let i = place; i < place + run; i++) flat[(i % height) * width + Math.floor(i / height)] = 1;
    place += run;
  }
  return flat;
}

/** White or ink, whichever stands out more (WCAG 2 relative luminance). */
function readableOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.063 ? "#fff" : "#14201c";
}
