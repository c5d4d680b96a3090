// A pad to draw a data set on: strokes become points along them, sent up when the pen is lifted.

const REACH = 3; // the pad shows [-3, 3] both ways
const MOST = 5000;
const DENSITY = 60; // points per unit of length
const BRUSH = 0.07; // radius of the jitter around the stroke
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

const pads = new WeakMap();

const round = (value) => Math.round(value * 1000) / 1000;
const sign = (points) => JSON.stringify(points);

// The k-th point around (x, y): a sunflower of golden angles, so that the same drawing gives the same points.
function jitter(x, y, k) {
  const radius = BRUSH * Math.sqrt((k * 0.6180339887) % 1);
  const inside = (value) => round(Math.min(REACH, Math.max(-REACH, value)));
  return [inside(x + radius * Math.cos(k * GOLDEN)), inside(y + radius * Math.sin(k * GOLDEN))];
}

class Pad {
  constructor(parent) {
    this.strokes = []; // each a list of points
    this.sent = new Set();
    this.canvas = element("canvas", { role: "img", "aria-label": "Drawing pad" });
    this.hint = element("div", { class: "hint" });
    this.count = element("output", { class: "count", "aria-live": "polite" });
    this.undo = element("button", { type: "button", class: "tool undo" }, "Undo");
    this.clear = element("button", { type: "button", class: "tool clear" }, "Clear");
    this.field = element("div", { class: "field" }, this.canvas, this.hint);
    this.root = element("div", { class: "pad" }, this.field, element("div", { class: "tools" }, this.undo, this.clear, this.count));
    parent.append(this.root);
    this.theme = new Theme(this.root);
    this.undo.onclick = () => this.change(this.strokes.slice(0, -1));
    this.clear.onclick = () => this.change([]);
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.canvas.hasPointerCapture(event.pointerId) && this.extend(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => this.end();
  }

  open() {
    if (this.resizer) return;
    this.resizer = new ResizeObserver(() => this.paint());
    this.resizer.observe(this.canvas);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => {
      this.theme.read();
      this.paint();
    };
    this.scheme.addEventListener("change", this.onScheme);
  }

  close() {
    this.resizer?.disconnect();
    this.resizer = null;
    this.scheme?.removeEventListener("change", this.onScheme);
  }

  get total() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height].map((v) => v * REACH);
  }

  begin(event) {
    if (event.button || this.pen) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    clearTimeout(this.sending);
    this.pen = this.place(event);
    this.strokes = [...this.strokes, []];
    this.due = 8 / DENSITY; // a tap leaves a small clump
    this.dab(...this.pen, 0, 0, this.due);
    this.paint();
  }

  // Points evenly along the way from the last place, whatever the pace of the hand.
  extend(event) {
    if (!this.pen) return;
    for (const sample of event.getCoalescedEvents?.() ?? [event]) {
      const next = this.place(sample);
      const [dx, dy] = [next[0] - this.pen[0], next[1] - this.pen[1]];
      this.due += Math.hypot(dx, dy);
      this.dab(...this.pen, dx, dy, Math.hypot(dx, dy));
      this.pen = next;
    }
    this.paint();
  }

  dab(x, y, dx, dy, length) {
    const stroke = this.strokes[this.strokes.length - 1];
    while (this.due * DENSITY >= 1 && this.total < MOST) {
      this.due -= 1 / DENSITY;
      const share = length ? 1 - Math.min(1, this.due / length) : 0;
      stroke.push(jitter(x + share * dx, y + share * dy, this.total + 1));
    }
    if (this.total >= MOST) this.due = 0;
  }

  end() {
    if (!this.pen) return;
    this.pen = null;
    this.change(this.strokes);
  }

  change(strokes) {
    this.strokes = strokes.filter((stroke) => stroke.length);
    const points = this.strokes.flat();
    this.sent.add(sign(points));
    if (this.sent.size > 32) this.sent.delete(this.sent.values().next().value);
    this.paint();
    clearTimeout(this.sending);
    const send = () => this.send?.("points", points);
    if (this.patience && points.length) this.sending = setTimeout(send, 1000 * this.patience);
    else send();
  }

  // Which half of the pad is to be written on, or null for all of it.
  half(keep) {
    this.field.dataset.keep = keep ?? "all";
    this.hint.textContent = keep ? `Write the ${keep} half of a digit` : "Draw a shape here";
  }

  // Points from the page: kept at the first mount, or when they are news rather than an echo of what was drawn.
  adopt(points) {
    const key = sign(points);
    if (this.sent.has(key) || this.adopted === key || this.pen) return;
    this.adopted = key;
    this.sent.clear();
    this.strokes = points.length ? [points] : [];
  }

  paint() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) [this.canvas.width, this.canvas.height] = pixels;
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.fillStyle = this.theme.color("data");
    ctx.globalAlpha = 0.75;
    ctx.beginPath();
    for (const stroke of this.strokes) {
      for (const [x, y] of stroke) {
        const [px, py] = [((x / REACH + 1) * width) / 2, ((1 - y / REACH) * height) / 2];
        ctx.moveTo(px + 1.6, py);
        ctx.arc(px, py, 1.6, 0, 7);
      }
    }
    ctx.fill();
    ctx.globalAlpha = 1;
    const { total } = this;
    this.hint.hidden = total > 0;
    this.undo.disabled = this.clear.disabled = !total;
    const said = total >= MOST ? `${MOST.toLocaleString("en")} points, the most` : total ? `${total.toLocaleString("en")} points` : "";
    if (!this.pen && this.count.textContent !== said) this.count.textContent = said;
    if (!this.pen) this.canvas.setAttribute("aria-label", `Drawing pad, ${said || "empty"}`);
    Object.assign(this.root.dataset, { points: total, strokes: this.strokes.length });
  }
}

export default function mount({ parentElement, data, setStateValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, new Pad(parentElement));
  const pad = pads.get(parentElement);
  if (!pad.root.isConnected) parentElement.append(pad.root);
  pad.send = setStateValue;
  pad.open();
  pad.half(data?.keep);
  pad.patience = data?.patience ?? 0;
  pad.adopt(data?.points ?? []);
  pad.theme.read();
  pad.paint();
  const turn = (pad.turn = (pad.turn ?? 0) + 1);
  return () => {
    if (pad.turn === turn) pad.close();
  };
}
