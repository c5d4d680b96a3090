// The handle: a place in the plane that a person drags, moves by keys or sends where they click. A scene has one at
// most, and all panes that show it share it. Its layer has its place in every frame, (F, 2), in units of the extent.

const DRAG = "Drag the ring, move it by arrow keys, or click where it should go";
const NUDGE = 0.02; // of the pane's width, at a press of a key
const PATIENCE = 1000; // milliseconds that a live handle waits for an answer before it asks again

function handleAt(layer, moment) {
  if (layer.held) return layer.held;
  const { i, j, f } = within(layer, moment);
  return [0, 1].map((k) => lerp(layer.xy[2 * i + k], layer.xy[2 * j + k], f));
}

const isAt = ({ xy }, place) => place !== null && Math.hypot(xy[0] - place[0], xy[1] - place[1]) < 2e-3;
const pixelOf = (view, [x, y]) => [view.ox + (x - view.cx) * view.across, view.oy - (y - view.cy) * view.up];
const placeUnder = (view, x, y) => [view.cx + (x - view.ox) / view.across, view.cy - (y - view.oy) / view.up];

function inExtent([x0, x1, y0, y1], [x, y]) {
  return [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
}

// The hand on the handle: a button stands on it in every pane. In hand it has a `place`, the clock rests, and what the
// browser can draw by itself follows. Let go, it stays until the page answers, which is told by `tell`; where nobody
// listens, it goes back to where it was. A live handle tells its place in the hand too, anew once the page has answered.
class Grip {
  constructor(player) {
    this.player = player;
    this.place = this.left = null;
    this.since = -PATIENCE;
  }

  button(k) {
    const grip = element("button", { type: "button", class: "grip", hidden: "" });
    grip.onpointerdown = (event) => {
      if (event.button) return;
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      grip.focus();
      this.grab(this.at(k));
    };
    grip.onpointermove = (event) => grip.hasPointerCapture(event.pointerId) && this.hold(k, this.under(event, k));
    grip.onkeydown = (event) => this.onKey(event, k);
    grip.onpointerup = grip.onpointercancel = grip.onkeyup = grip.onblur = () => this.drop();
    return grip;
  }

  onKey(event, k) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // else the clock steps as well
    const [x0, x1] = this.player.scene.panes[k].extent;
    const far = (event.shiftKey ? 5 : 1) * NUDGE * (x1 - x0);
    const [x, y] = this.at(k);
    this.grab([x, y]);
    this.hold(k, [x + far * by[0], y + far * by[1]]);
  }

  at(k) {
    const pane = this.player.scene.panes[k];
    return handleAt(pane.handle, between(pane, this.player.clock.position));
  }

  under(event, k) {
    const box = this.player.panes[k].canvas.getBoundingClientRect();
    const scale = this.player.scaleOf(k);
    return placeUnder(this.player.viewOf(k), (event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
  }

  // To the particle that was clicked, or to the very place.
  send(event, k, id) {
    const { scene, clock } = this.player;
    const pane = scene.panes[k];
    const at = id == null ? null : placeOf(pane.guide, id, within(pane.guide, between(pane, clock.position)));
    this.grab(this.at(k));
    this.hold(k, at ? inUnits(pane, at) : this.under(event, k));
    this.drop();
  }

  grab(place) {
    const { clock } = this.player;
    if (this.place) return;
    [this.place, this.left, this.since, this.resume] = [place, null, -PATIENCE, clock.playing];
    clock.playing = false;
  }

  hold(k, [x, y]) {
    const { scene } = this.player;
    const [x0, x1, y0, y1] = scene.panes[k].extent;
    this.place = [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
    this.moved = true;
    for (const { handle } of scene.panes) if (handle) handle.held = this.place;
    this.player.paint();
    this.ask();
  }

  get live() {
    return this.tell && this.player.scene.panes.some(({ handle }) => handle?.live);
  }

  ask() {
    if (!this.live || this.asked === this.place || performance.now() - this.since < PATIENCE) return;
    [this.asked, this.since] = [this.place, performance.now()];
    this.say("held", this.place);
  }

  say(name, place) {
    this.tell(name, [...place, this.player.clock.position].map((v) => Math.round(1e4 * v) / 1e4));
  }

  // A scene has come. Those that were asked for before the handle was let go still have it elsewhere.
  answered() {
    const { panes } = this.player.scene;
    if (performance.now() - this.since > PATIENCE || panes.some(({ handle }) => handle && isAt(handle, this.left))) this.left = null;
    for (const { handle } of panes) if (handle) handle.held = this.place ?? this.left;
    if (!this.place) return;
    this.since = -PATIENCE;
    this.ask();
  }

  drop() {
    const { place, moved, player } = this;
    if (!place) return;
    this.place = this.moved = null;
    player.clock.playing = this.resume && player.clock.position < 1;
    if (moved && this.tell) {
      const { live } = this;
      this.say("handle", place);
      if (live) this.tell("held", null);
      [this.left, this.since] = [live ? place : null, performance.now()];
    } else for (const { handle } of player.scene.panes) if (handle) handle.held = null;
    player.act(() => {}, `Handle at ${spelled(place)}`);
  }

  show(grip, pane, view, moment, scale) {
    const place = handleAt(pane.handle, moment);
    [grip.style.left, grip.style.top] = pixelOf(view, place).map((v) => `${v * scale}px`);
    grip.setAttribute("aria-label", `Handle at ${spelled(place)}, moved by arrow keys`);
  }
}

// An arrow from the handle to where something takes it, with a ring at its end.
function drawLead(ctx, view, from, to, color, paper) {
  const [[x, y], [ex, ey]] = [pixelOf(view, from), pixelOf(view, to)];
  const long = Math.hypot(ex - x, ey - y);
  ctx.lineCap = "round";
  for (const [ink, width] of [[paper, 6.5], [color, 3.4]]) {
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.lineWidth = width;
    ctx.beginPath();
    if (long > 12) {
      const [ux, uy] = [(ex - x) / long, (ey - y) / long];
      ctx.moveTo(x, y);
      ctx.lineTo(ex - 6 * ux, ey - 6 * uy);
      ctx.moveTo(ex - 13 * ux - 5 * uy, ey - 13 * uy + 5 * ux);
      ctx.lineTo(ex - 6 * ux, ey - 6 * uy);
      ctx.lineTo(ex - 13 * ux + 5 * uy, ey - 13 * uy - 5 * ux);
    }
    ctx.moveTo(ex + 4.5, ey);
    ctx.arc(ex, ey, 4.5, 0, 7);
    ctx.stroke();
  }
}
