// Followed particles: the same index in every pane, with its trail, a mark of its own colour and shape, a readout.

// The particle nearest to a place on the canvas, if it is within reach.
function nearest(pane, view, moment, x, y, reach) {
  const now = within(pane.guide, moment);
  let [best, least] = [null, reach * reach];
  for (let p = 0; p < pane.guide.count; p++) {
    const at = placeOf(pane.guide, p, now);
    if (!at) continue;
    const square = (view.ox + view.sx * at[0] - x) ** 2 + (view.oy - view.sy * at[1] - y) ** 2;
    if (square < least) [best, least] = [p, square];
  }
  return best;
}

// The list with a particle added, or taken out if it was there; the oldest one chosen makes room for a fifth.
function toggled(followed, id) {
  const others = followed.filter((one) => one.id !== id);
  if (others.length < followed.length) return others;
  const oldest = Math.max(0, others.findIndex(({ given }) => !given));
  const kept = others.length < MARKS ? others : others.filter((_, n) => n !== oldest);
  const slot = Array.from({ length: MARKS }, (_, s) => s).find((s) => kept.every((one) => one.slot !== s));
  return [...kept, { id, slot }];
}

// The list with its last chosen particle replaced by another, which takes over its colour.
function handedOn(followed, id) {
  const last = followed.findLast(({ given }) => !given);
  return last ? followed.map((one) => (one === last ? { ...one, id } : one)) : toggled(followed, id);
}

const isFree = (guide, p, now, followed) => placeOf(guide, p, now) !== null && followed.every(({ id }) => id !== p);

// The next particle by its number, or the one before; null if there is none to choose.
function neighbour(guide, now, followed, way) {
  const from = followed.findLast(({ given }) => !given)?.id ?? (way > 0 ? -1 : 0);
  for (let k = 1; k <= guide.count; k++) {
    const p = (from + way * k + 2 * guide.count) % guide.count;
    if (isFree(guide, p, now, followed)) return p;
  }
  return null;
}

// The particle nearest in a direction [right, up], within 45 degrees of it; from nowhere, that nearest to the middle.
function onward(guide, view, now, followed, [right, up]) {
  const last = followed.findLast(({ given }) => !given);
  const start = last ? placeOf(guide, last.id, now) : null;
  const from = start ?? [0, 0];
  let [best, least] = [null, Infinity];
  for (let p = 0; p < guide.count; p++) {
    if (!isFree(guide, p, now, followed)) continue;
    const at = placeOf(guide, p, now);
    const [dx, dy] = [view.sx * (at[0] - from[0]), view.sy * (at[1] - from[1])];
    const along = dx * right + dy * up;
    const across = Math.abs(dx * up - dy * right);
    const distance = dx * dx + dy * dy;
    if (distance < least && (!start || (along > 0 && across <= along))) [best, least] = [p, distance];
  }
  return best;
}

function drawFollowed(ctx, pane, view, moment, theme, followed) {
  const { guide } = pane;
  if (!guide) return;
  const now = within(guide, moment);
  ctx.lineJoin = ctx.lineCap = "round";
  const known = followed.filter(({ id }) => id < guide.count);
  for (const { id, slot } of known) {
    ctx.beginPath();
    traceTrail(ctx, guide, id, view, now, 0);
    ctx.globalAlpha = 0.75;
    ctx.strokeStyle = theme.color("paper");
    ctx.lineWidth = 4;
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = theme.mark(slot);
    ctx.lineWidth = 1.8;
    ctx.stroke();
  }
  for (const { id, slot } of known) {
    const at = placeOf(guide, id, now);
    if (!at) continue;
    traceMark(ctx, slot % MARKS, view.ox + view.sx * at[0], view.oy - view.sy * at[1], 5 * view.dot);
    ctx.fillStyle = theme.mark(slot);
    ctx.fill();
    ctx.strokeStyle = theme.color("paper");
    ctx.lineWidth = 2;
    ctx.stroke();
  }
}

// A quantised place in units of the pane's extent.
const inUnits = (pane, at) => at.map((value, k) => pane.center[k] + pane.step[k] * value);

// A followed particle's place in data units, as text.
function whereabouts(pane, id, moment) {
  const { guide } = pane;
  if (!guide || id >= guide.count) return "";
  const at = placeOf(guide, id, within(guide, moment));
  if (!at) return "gone";
  return spelled(inUnits(pane, at));
}
