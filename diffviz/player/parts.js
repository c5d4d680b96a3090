// What a person shows and hides: the kinds of layers in a picture, with a button each and a key, its first letter.

const PARTS = { points: "Points", data: "Data", trails: "Trails", heat: "Heat map", contours: "Contours", arrows: "Arrows" };

class Parts {
  constructor(player) {
    this.player = player;
    this.chosen = new Map(); // part -> whether it is shown; the others are as the scene has them
    this.buttons = new Map();
    this.row = element("div", { class: "parts", role: "group", "aria-label": "Layers" });
    this.fold = element("button", { type: "button", class: "part fold", "aria-expanded": "false" }, "Layers");
    this.fold.onclick = () => this.fold.setAttribute("aria-expanded", String(this.row.classList.toggle("open")));
  }

  // The buttons that a scene needs: none where there is nothing to choose from.
  offer({ panes, hidden }) {
    this.hidden = hidden ?? [];
    const there = new Set(panes.flatMap((pane) => pane.layers.map((layer) => layer.part)));
    const names = Object.keys(PARTS).filter((name) => there.has(name));
    if (names.length < 2) names.length = 0;
    this.row.hidden = this.fold.hidden = !names.length;
    if (names.join() !== [...this.buttons.keys()].join()) {
      this.buttons = new Map(names.map((name) => [name, this.button(name)]));
      this.row.replaceChildren(...this.buttons.values());
    }
    this.show();
  }

  button(name) {
    const [first, ...rest] = PARTS[name];
    const key = element("span", { class: "key" }, first);
    const attributes = { type: "button", class: "part", "aria-keyshortcuts": first.toLowerCase(), title: `Key ${first}` };
    const made = element("button", attributes, key, rest.join(""));
    made.onclick = () => this.player.act(() => this.toggle(name));
    return made;
  }

  shown(name) {
    return this.chosen.get(name) ?? !this.hidden.includes(name);
  }

  shows(layer) {
    return !this.buttons.has(layer.part) || this.shown(layer.part);
  }

  get allShown() {
    return [...this.buttons.keys()].filter((name) => this.shown(name));
  }

  // Show these and no others.
  only(names) {
    for (const name of this.buttons.keys()) this.chosen.set(name, names.includes(name));
    this.show();
  }

  toggle(name) {
    this.chosen.set(name, !this.shown(name));
    this.show();
  }

  show() {
    for (const [name, made] of this.buttons) made.setAttribute("aria-pressed", String(this.shown(name)));
  }

  // What the keys do: key -> act.
  get keys() {
    return Object.fromEntries([...this.buttons.keys()].map((name) => [PARTS[name][0].toLowerCase(), () => this.toggle(name)]));
  }
}
