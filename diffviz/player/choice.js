// Which particles are followed, and how a person chooses them: by pointer or by keys.

const REACH = { mouse: 14, pen: 18, touch: 26 }; // pixels within which a click picks a particle
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Choice {
  constructor(player) {
    this.player = player;
    this.followed = []; // { id, slot, given }: the scene gives some, a person chooses the others
    this.marks = "[]";
  }

  // The particles that a scene follows from the start; what a person chose stays while these are the same.
  give(marks) {
    const text = JSON.stringify(marks);
    if (text !== this.marks) this.followed = marks.map((id, slot) => ({ id, slot, given: true }));
    this.marks = text;
  }

  get own() {
    return this.followed.filter(({ given }) => !given);
  }

  // The particle under the pointer, if its points are shown.
  pick(event, k) {
    const { scene, clock, parts } = this.player;
    const pane = scene.panes[k];
    if (!pane.guide || !parts.shows(pane.guide)) return null;
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    return nearest(pane, this.player.viewOf(k), between(pane, clock.position), ...this.player.under(event, k), reach);
  }

  onPick(event, k) {
    const id = this.pick(event, k);
    if (this.player.scene.panes[k].handle) return this.player.grip.send(event, k, id);
    if (id == null) return;
    this.followed = toggled(this.followed, id);
    this.say(id);
  }

  say(id) {
    const held = this.followed.some((one) => one.id === id);
    this.player.act(() => {}, held ? `Following particle ${id}. ${this.player.spoken()}` : `Particle ${id} is no longer followed.`);
  }

  stop() {
    this.followed = this.followed.filter(({ given }) => given);
  }

  // What a key chooses: N the next particle and Shift N the one before, an arrow with Shift the nearest that way in the
  // picture that has the focus, else in the first that has particles. Answers whether the key is one of these.
  onKey({ key, shiftKey }) {
    const { scene, panes, clock, root } = this.player;
    const way = shiftKey && WAYS[key];
    if (!way && key.toLowerCase() !== "n") return false;
    const focused = panes.findIndex(({ canvas }) => canvas === root.getRootNode().activeElement);
    const k = scene.panes[focused]?.guide ? focused : scene.panes.findIndex((pane) => pane.guide);
    if (k < 0) return false;
    const { guide } = scene.panes[k];
    const now = within(guide, between(scene.panes[k], clock.position));
    const id = way
      ? onward(guide, this.player.viewOf(k), now, this.followed, way)
      : neighbour(guide, now, this.followed, shiftKey ? -1 : 1);
    if (id != null) {
      this.followed = handedOn(this.followed, id);
      this.say(id);
    }
    return true;
  }
}
