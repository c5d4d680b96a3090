// An editor of time steps: handles on an axis from noise to data, dragged or moved by keys, sent up when let go.

const GAP = 0.01; // the least distance between neighbours, and from the ends
const NUDGE = 0.01;
const editors = new WeakMap();

const shown = (value) => (Math.abs(value) >= 1000 ? value.toPrecision(4) : value.toFixed(3)).replace("-", "\u2212");

// The table's row at a share of the way, interpolated.
function rowAt(table, share) {
  const k = Math.min(table.share.length - 2, Math.max(0, Math.floor(share * (table.share.length - 1))));
  const f = (share - table.share[k]) / (table.share[k + 1] - table.share[k]);
  return ["t", "sigma", "lam"].map((name) => table[name][k] + f * (table[name][k + 1] - table[name][k]));
}

class Editor {
  constructor(parent) {
    this.track = element("div", { class: "track" });
    this.rows = element("div", { class: "rows" });
    this.readout = element("table", { class: "readout" });
    const ends = element("div", { class: "ends" }, element("span", {}, "noise"), element("span", {}, "data"));
    this.root = element("div", { class: "steps" }, this.track, ends, this.rows, this.readout);
    parent.append(this.root);
    this.theme = new Theme(this.root);
    this.track.ondblclick = () => this.spread();
  }

  // Evenly again.
  spread() {
    const { length } = this.shares;
    this.shares = this.shares.map((_, k) => Math.round((1000 * (k + 1)) / (length + 1)) / 1000);
    this.held = 0;
    this.paint();
    this.letGo();
  }

  adopt({ shares, table, others }) {
    this.table = table;
    const key = JSON.stringify(shares);
    const echo = key === this.sent; // what was dragged here comes back from the page: no news
    if (key !== this.adopted && !echo && this.held == null) this.shares = [...shares];
    if (echo) this.sent = null;
    this.adopted = key;
    if (this.handles?.length !== this.shares.length) this.build();
    this.rows.replaceChildren(
      ...Object.entries(others).map(([name, places]) => {
        const ticks = places.map((share) => element("i", { style: `left:${100 * share}%` }));
        return element("div", { class: "row" }, element("span", { class: "name" }, name), element("div", { class: "ticks" }, ...ticks));
      }),
    );
    this.paint();
  }

  build() {
    this.handles = this.shares.map((_, k) => {
      const handle = element("button", { type: "button", role: "slider", class: "handle", "aria-label": `Step ${k + 1} of ${this.shares.length}` }, String(k + 1));
      handle.onpointerdown = (event) => {
        if (event.button) return;
        handle.setPointerCapture(event.pointerId);
        handle.focus();
        this.held = k;
      };
      handle.onpointermove = (event) => this.held === k && this.move(k, this.place(event));
      handle.onpointerup = handle.onpointercancel = () => this.letGo();
      handle.onkeydown = (event) => this.onKey(event, k);
      handle.onkeyup = () => this.letGo();
      return handle;
    });
    this.track.replaceChildren(element("div", { class: "line" }), ...this.handles);
    const head = ["step", "t", "\u03c3", "\u03bb"].map((name) => element("th", { scope: "row" }, name));
    this.cells = head.map((_, r) => this.shares.map((_, k) => element("td", {}, r ? "" : String(k + 1))));
    this.readout.replaceChildren(...head.map((th, r) => element("tr", {}, th, ...this.cells[r])));
  }

  place(event) {
    const box = this.track.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  }

  onKey(event, k) {
    const by = { ArrowLeft: -NUDGE, ArrowDown: -NUDGE, ArrowRight: NUDGE, ArrowUp: NUDGE, PageDown: -0.1, PageUp: 0.1 }[event.key];
    if (by == null) return;
    event.preventDefault();
    this.held = k;
    this.move(k, this.shares[k] + by);
  }

  // Between its neighbours: steps do not overtake one another.
  move(k, share) {
    const low = (this.shares[k - 1] ?? 0) + GAP;
    const high = (this.shares[k + 1] ?? 1) - GAP;
    if (low > high) return;
    this.shares[k] = Math.round(1000 * Math.min(high, Math.max(low, share))) / 1000;
    this.paint();
  }

  letGo() {
    if (this.held == null) return;
    this.held = null;
    const key = JSON.stringify(this.shares);
    if (key === (this.sent ?? this.adopted)) return;
    this.sent = key;
    this.send?.("shares", [...this.shares]);
  }

  paint() {
    this.shares.forEach((share, k) => {
      const row = rowAt(this.table, share);
      const handle = this.handles[k];
      handle.style.left = `${100 * share}%`;
      handle.setAttribute("aria-valuemin", 0);
      handle.setAttribute("aria-valuemax", 100);
      handle.setAttribute("aria-valuenow", Math.round(100 * share));
      handle.setAttribute("aria-valuetext", `t = ${shown(row[0])}, \u03c3 = ${shown(row[1])}, \u03bb = ${shown(row[2])}`);
      row.forEach((value, r) => (this.cells[r + 1][k].textContent = shown(value)));
    });
    this.root.dataset.shares = this.shares.join(" ");
  }
}

export default function mount({ parentElement, data, setStateValue }) {
  if (!editors.has(parentElement)) editors.set(parentElement, new Editor(parentElement));
  const editor = editors.get(parentElement);
  if (!editor.root.isConnected) parentElement.append(editor.root);
  editor.send = setStateValue;
  editor.adopt(data);
  editor.theme.read();
}
