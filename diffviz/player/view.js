// Where things lie. A view maps a pane to its canvas: pixel = ox + sx * quantised x, oy - sy * quantised y. A unit of
// the pane's extent is `across` pixels along x and `up` along y.

function viewOf(pane, width, height, ratio) {
  const [x0, x1, y0, y1] = pane.extent;
  let [across, up] = [width / (x1 - x0), height / (y1 - y0)];
  if (!pane.stretched) across = up = Math.min(across, up); // the same for x and y: circles stay round
  const [cx, cy] = pane.center;
  const [qx, qy] = pane.step;
  const dot = Math.min(1, Math.max(0.6, Math.sqrt(Math.min(width, height) / 320))); // finer dots in small panes
  return { width, height, ratio, across, up, dot, cx, cy, ox: width / 2, oy: height / 2, sx: qx * across, sy: qy * up };
}

const lerp = (a, b, f) => a + (b - a) * f;

const spelled = ([x, y]) => `(${figure(x, 2)}, ${figure(y, 2)})`;

// Where particle p of a layer is, in quantised units; null if nowhere.
function placeOf(layer, p, { i, j, f }) {
  const a = 2 * (i * layer.count + p);
  const b = 2 * (j * layer.count + p);
  if (layer.xy[a] === NOWHERE || layer.xy[b] === NOWHERE) return null;
  return [lerp(layer.xy[a], layer.xy[b], f), lerp(layer.xy[a + 1], layer.xy[b + 1], f)];
}

// Where each particle of a layer is, as rows of numbers.
function* particleRows(layer, pane, moment) {
  for (let p = 0; p < layer.count; p++) {
    const at = placeOf(layer, p, moment);
    if (at) yield [layer.groups?.[p] ?? "", p, ...inUnits(pane, at)];
  }
}

// One particle's way from frame `from` to the moment, added to the current path.
function traceTrail(ctx, layer, p, view, { i, j, f }, from) {
  const { xy, count } = layer;
  let pen = false;
  for (let k = from; k <= i; k++) {
    const a = 2 * (k * count + p);
    if (xy[a] === NOWHERE) {
      pen = false;
      continue;
    }
    const x = view.ox + view.sx * xy[a];
    const y = view.oy - view.sy * xy[a + 1];
    if (pen) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    pen = true;
  }
  const head = f > 0 && pen ? placeOf(layer, p, { i, j, f }) : null;
  if (head) ctx.lineTo(view.ox + view.sx * head[0], view.oy - view.sy * head[1]);
}
