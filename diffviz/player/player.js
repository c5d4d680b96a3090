// The player: state, input and the drawing loop. Mounted again at every new payload or theme; it keeps its clock.

const players = new WeakMap();
const INVITE = `${matchMedia("(pointer: coarse)").matches ? "Tap" : "Click"} a particle to follow it`;
const ROOM = 240; // pixels that a chart's axes and legend need

class Player {
  constructor(parent) {
    this.ui = buildPlayer();
    this.root = this.ui.root;
    parent.append(this.root);
    this.theme = new Theme(this.root);
    this.clock = new Clock();
    this.grip = new Grip(this);
    this.guess = new Guess(this);
    this.ui.transport.prepend(this.guess.line);
    this.choice = new Choice(this);
    this.parts = new Parts(this);
    this.ui.foot.append(this.parts.fold, this.parts.row);
    this.panes = [];
    this.visible = new Set();
    this.paints = this.version = this.turn = 0;
    this.listen();
  }

  listen() {
    const { ui, root, clock } = this;
    ui.play.onclick = () => this.act(() => clock.toggle());
    ui.back.onclick = () => this.act(() => clock.step(this.scene.stops, -1));
    ui.forth.onclick = () => this.act(() => clock.step(this.scene.stops, 1));
    ui.loop.onclick = () => this.act(() => (clock.loop = !clock.loop));
    ui.speed.onchange = () => this.act(() => (clock.speed = Number(ui.speed.value)));
    ui.share.onclick = () => globalThis.diffvizShare?.(this);
    ui.clear.onclick = () => this.act(() => this.choice.stop());
    root.onkeydown = (event) => this.onKey(event);
    dragTimeline(this);
  }

  // What must be taken up again when the component is mounted, and let go when it leaves the page.
  open() {
    if (this.resizer) return;
    this.resizer = new ResizeObserver(() => {
      this.theme.read(); // for the size of type
      this.paint();
    });
    this.watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.visible[isIntersecting ? "add" : "delete"](target);
      this.paint();
      this.run();
    });
    for (const { canvas } of this.panes) this.observe(canvas);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => {
      this.theme.read();
      this.paint();
    };
    this.scheme.addEventListener("change", this.onScheme);
    this.onShow = () => this.run();
    document.addEventListener("visibilitychange", this.onShow);
  }

  close() {
    cancelAnimationFrame(this.request);
    this.request = null;
    this.resizer?.disconnect();
    this.watcher?.disconnect();
    this.resizer = null;
    this.scheme?.removeEventListener("change", this.onScheme);
    document.removeEventListener("visibilitychange", this.onShow);
  }

  observe(canvas) {
    this.resizer.observe(canvas);
    this.watcher.observe(canvas);
  }

  update(bytes) {
    if (bytes && bytes !== this.bytes) {
      const was = this.scene;
      this.bytes = bytes;
      this.scene = decode(bytes);
      this.version += 1;
      this.layOut();
      this.choice.give(this.scene.marks);
      if (was?.loop !== this.scene.loop) this.clock.loop = this.scene.loop;
      if (this.guess.ask(this.scene) || (this.scene.moving && !was?.moving)) {
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        this.clock.seek(still && this.scene.autoplay ? 1 : 0); // without motion, the outcome is the most telling frame
        this.clock.playing = this.scene.autoplay && !still;
        this.openAt(askedMoment(Math.max(...this.scene.panes.map((pane) => pane.guide?.count ?? 0))));
      }
    }
    this.theme.read();
    if (this.scene) this.act(() => {}, "");
  }

  // At what a link asked for, if it did; then the clock rests.
  openAt({ position, speed, follow = [], layers = [] }) {
    const { clock, ui } = this;
    if (layers.length) this.parts.only(layers);
    if (speed) [clock.speed, ui.speed.value] = [speed, speed];
    const fresh = follow.filter((id) => this.followed.every((one) => one.id !== id));
    for (const id of fresh) this.choice.followed = toggled(this.followed, id);
    if (position == null) return;
    clock.seek(position);
    clock.playing = false;
  }

  layOut() {
    const { ui, scene } = this;
    if (this.panes.length !== scene.panes.length) {
      for (const { canvas } of this.panes) {
        this.resizer.unobserve(canvas);
        this.watcher.unobserve(canvas);
      }
      this.visible.clear();
      this.panes = scene.panes.map(() => buildPane());
      ui.stage.replaceChildren(...this.panes.map((view) => view.figure));
      this.panes.forEach((view, k) => {
        this.observe(view.canvas);
        view.grip = this.grip.button(k);
        view.guess = this.guess.button(k);
        view.frame.append(view.grip, view.guess);
        view.canvas.onclick = (event) => this.choice.onPick(event, k);
        view.canvas.onpointerleave = () => this.point(k, null);
        view.canvas.onpointermove = (event) => {
          this.point(k, this.under(event, k));
          const near = event.pointerType === "mouse" && this.choice.pick(event, k) != null;
          view.canvas.style.cursor = near ? "pointer" : "";
        };
      });
    }
    const texts = scene.panes.some((pane) => pane.note || pane.notes || pane.outcome);
    scene.panes.forEach((pane, k) => {
      const view = this.panes[k];
      setText(view.title, pane.title);
      if (pane.guide) view.canvas.setAttribute("tabindex", "0"); // its particles are chosen by keys too
      else view.canvas.removeAttribute("tabindex");
      view.grip.hidden = !pane.handle;
      view.grip.classList.toggle("live", Boolean(pane.handle?.live));
      view.line.hidden = !texts; // a line for all or for none
      view.line.dataset.longest = unbroken(withOutcome(pane, [pane.note, ...(pane.notes ?? [])].reduce((a, b) => (b.length > a.length ? b : a))));
      view.frame.style.setProperty("--ratio", pane.aspect);
      view.frame.classList.toggle("chart", pane.filled);
      view.frame.classList.toggle("stretched", pane.stretched);
    });
    pairPanes(scene.panes, this.panes);
    this.grip.answered();
    this.root.setAttribute("aria-label", scene.description || "Animation");
    this.root.style.setProperty("--columns", Math.min(scene.columns, scene.panes.length));
    this.root.style.setProperty("--rows", Math.ceil(scene.panes.length / scene.columns));
    this.root.style.setProperty("--aspect", Math.max(...scene.panes.map((pane) => pane.aspect)));
    ui.transport.hidden = !scene.moving;
    ui.still.hidden = scene.moving;
    const bar = scene.moving ? ui.transport : ui.still;
    if (ui.share.parentNode !== bar) bar.append(ui.share);
    scene.handled = scene.panes.some((pane) => pane.handle);
    this.parts.offer(scene);
    ui.hint.hidden = !scene.handled && (!scene.moving || !scene.panes.some((pane) => pane.guide));
    ui.foot.hidden = ui.hint.hidden && this.parts.row.hidden;
    const { values, label } = scene.clock;
    ui.reading.hidden = !values;
    if (values) {
      this.places = decimals(scene.clock);
      const longest = Math.max(...values.map((v) => figure(v, this.places).length));
      ui.reading.style.minWidth = `${label.length + longest + 3}ch`;
      ui.timeline.setAttribute("aria-label", label);
      ui.symbol.className = label.length === 1 ? "symbol" : ""; // a single letter is a variable: italic
    }
    const few = scene.stops.length <= 41 ? scene.stops.slice(1, -1) : [];
    ui.stops.replaceChildren(...few.map((s) => element("i", { style: `left:${100 * s}%` })));
  }

  // Do something a person asked for, show it, and go on running if the clock runs.
  act(change, said) {
    change();
    const { ui, clock } = this;
    setIcon(ui.play, clock.playing ? "pause" : "play", clock.playing ? "Pause" : "Play");
    ui.loop.setAttribute("aria-pressed", String(clock.loop));
    const chosen = this.choice.own.map(({ id }) => id);
    setText(ui.hint, chosen.length ? `Following particle${chosen.length > 1 ? "s" : ""} ${chosen.join(", ")}` : this.scene.handled ? DRAG : INVITE);
    ui.clear.hidden = !chosen.length;
    this.paint();
    this.describe();
    setText(ui.status, said ?? (clock.playing ? "" : this.spoken()));
    this.run();
  }

  onKey(event) {
    const { clock, scene, parts, choice } = this;
    if (!scene || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("select, input, textarea")) return;
    const keys = {
      " ": () => clock.toggle(),
      ArrowLeft: () => clock.step(scene.stops, -1),
      ArrowRight: () => clock.step(scene.stops, 1),
      Home: () => clock.seek(0),
      End: () => clock.seek(1),
    };
    const known = { ...(scene.moving ? keys : {}), ...parts.keys, Escape: () => choice.stop() };
    if (choice.onKey(event)) return event.preventDefault();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!(key in known) || (key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    this.act(known[key]);
  }

  // Tell the layers of a pane where the pointer is over it, if anywhere.
  point(k, place) {
    const changed = this.scene.panes[k].layers.filter((layer) => LAYERS.get(layer.kind).hover(layer, place));
    if (changed.length) this.paint();
  }

  spoken() {
    const { clock, scene } = this;
    const time = scene.clock.values ? `${timeInWords(scene, clock.position, this.places)}. ` : "";
    const places = this.choice.own.flatMap(({ id }) =>
      scene.panes.map((pane) => [pane.title, whereabouts(pane, id, between(pane, clock.position))]).filter(([, at]) => at)
        .map(([title, at]) => `${title} particle ${id} at ${at}.`),
    );
    return time + places.join(" ");
  }

  run() {
    if (this.request || !this.clock.playing || document.hidden || !this.visible.size) return;
    let before = null;
    let slow = null;
    const tick = (now) => {
      this.request = null;
      if (!this.clock.playing || document.hidden || !this.visible.size) return;
      if (before != null) {
        const elapsed = now - before;
        slow = slow == null ? elapsed : slow + (elapsed - slow) * 0.1;
        if (elapsed > 0) this.root.dataset.fps = (1000 / slow).toFixed(1);
        this.clock.advance(Math.min(elapsed, 250) / 1000, this.scene.seconds);
        this.paint();
        if (now - (this.described ?? 0) > 500) this.describe(now);
        if (!this.clock.playing) return this.act(() => {});
      }
      before = now;
      this.request = requestAnimationFrame(tick);
    };
    this.request = requestAnimationFrame(tick);
  }

  // The slider's value and the pictures for assistive technology: often enough to be true, not so often as to chatter.
  describe(now = 0) {
    this.described = now;
    const { scene, clock } = this;
    const text = timeInWords(scene, clock.position, this.places);
    this.ui.timeline.setAttribute("aria-valuenow", Math.round(100 * clock.position));
    this.ui.timeline.setAttribute("aria-valuetext", text);
    scene.panes.forEach((pane, k) => {
      const layers = pane.layers.filter((layer) => this.parts.shows(layer));
      const shown = paneInWords(pane, layers, between(pane, clock.position), this.choice.followed);
      const words = [pane.title, this.panes[k].note.textContent, scene.moving ? text : "", shown, scene.description];
      this.panes[k].canvas.setAttribute("aria-label", words.filter(Boolean).join(". "));
    });
  }

  get followed() {
    return this.choice.followed;
  }

  // How many pixels of the browser are one that is drawn on: more where type is larger, as far as there is room for it.
  scaleOf(k) {
    return Math.max(1, Math.min(this.theme.type, this.panes[k].canvas.clientWidth / ROOM));
  }

  // Where an event on a canvas is, in the pixels that are drawn on.
  under(event, k) {
    const scale = this.scaleOf(k);
    return [event.offsetX / scale, event.offsetY / scale];
  }

  viewOf(k) {
    const { canvas } = this.panes[k];
    const scale = this.scaleOf(k);
    const ratio = scale * (window.devicePixelRatio || 1);
    return viewOf(this.scene.panes[k], canvas.clientWidth / scale, canvas.clientHeight / scale, ratio);
  }

  paint() {
    if (!this.scene) return;
    const { position, playing } = this.clock;
    this.scene.panes.forEach((pane, k) => this.show(pane, k, between(pane, position)));
    this.ui.root.style.setProperty("--position", position);
    this.guess.show(this.panes, position);
    const { values, label } = this.scene.clock;
    if (values) {
      setText(this.ui.symbol, label);
      setText(this.ui.value, ` = ${figure(reading(this.scene.clock, position), this.places)}`);
    }
    this.paints += 1;
    Object.assign(this.root.dataset, { frame: position.toFixed(4), playing, paints: this.paints, version: this.version });
  }

  show(pane, k, moment) {
    const { canvas, note, readout, grip } = this.panes[k];
    setText(note, noteOf(pane, moment, this.clock.position));
    const view = this.viewOf(k);
    if (!view.width || (this.visible.size && !this.visible.has(canvas))) return;
    paintPane(canvas, pane, view, moment, this.theme, this.choice.followed, (layer) => this.parts.shows(layer));
    if (pane.handle) this.grip.show(grip, pane, view, moment, this.scaleOf(k));
    const chosen = this.choice.own.filter(({ id }) => pane.guide && id < pane.guide.count);
    while (readout.childElementCount > chosen.length) readout.lastChild.remove();
    while (readout.childElementCount < chosen.length) readout.append(element("span"));
    chosen.forEach(({ id, slot }, n) => {
      readout.children[n].style.color = this.theme.mark(slot);
      setText(readout.children[n], whereabouts(pane, id, moment));
    });
  }
}

export default function mount({ parentElement, data, setStateValue }) {
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  const player = players.get(parentElement);
  if (!player.root.isConnected) parentElement.append(player.root);
  player.grip.tell = setStateValue;
  player.open();
  player.update(data);
  // A mount that a newer one overtook must not tear down what the newer one uses.
  const turn = (player.turn += 1);
  return () => {
    if (player.turn === turn) player.close();
  };
}
