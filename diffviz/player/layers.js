// Trails and arrows. A view maps a pane to its canvas: pixel = ox + sx * quantised x, oy - sy * quantised y.

function viewOf(pane, width, height, ratio) {
  const [x0, x1, y0, y1] = pane.extent;
  const scale = Math.min(width / (x1 - x0), height / (y1 - y0)); // the same for x and y: circles stay round
  const [cx, cy] = pane.center;
  const [qx, qy] = pane.step;
  const dot = Math.min(1, Math.max(0.6, Math.sqrt(Math.min(width, height) / 320))); // finer dots in small panes
  return { width, height, ratio, scale, dot, cx, cy, qx, qy, ox: width / 2, oy: height / 2, sx: qx * scale, sy: qy * scale };
}

const lerp = (a, b, f) => a + (b - a) * f;

// Where particle p of a layer is, in quantised units; null if nowhere.
function placeOf(layer, p, { i, j, f }) {
  const a = 2 * (i * layer.count + p);
  const b = 2 * (j * layer.count + p);
  if (layer.xy[a] === NOWHERE || layer.xy[b] === NOWHERE) return null;
  return [lerp(layer.xy[a], layer.xy[b], f), lerp(layer.xy[a + 1], layer.xy[b + 1], f)];
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

function strokeTrails(ctx, layer, view, moment, color, from) {
  layer.ids ??= Array.from({ length: layer.count }, (_, p) => p);
  ctx.strokeStyle = color;
  ctx.lineWidth = layer.width;
  ctx.lineJoin = "round";
  ctx.beginPath();
  for (const p of layer.ids) traceTrail(ctx, layer, p, view, moment, from);
  ctx.stroke();
}

function drawTrails(ctx, layer, view, moment, theme) {
  const now = within(layer, moment);
  const color = theme.color(layer.color);
  ctx.globalAlpha = layer.opacity;
  if (layer.length == null) drawPast(ctx, layer, view, now, color);
  else {
    // A trail that forgets fades: drawn whole, then its younger parts again on top.
    ctx.globalAlpha *= 0.6;
    for (const share of [1, 0.6, 0.3]) {
      strokeTrails(ctx, layer, view, now, color, Math.max(0, Math.ceil(now.i + now.f - share * layer.length)));
    }
  }
  ctx.globalAlpha = 1;
}

// The whole past grows with the clock: frames gone by stay on a sheet, to which only new ones are added.
function drawPast(ctx, layer, view, now, color) {
  const { width, height } = ctx.canvas;
  const key = `${width} ${height} ${color}`;
  if (layer.past?.key !== key || layer.past.frame > now.i) {
    const sheet = layer.past?.sheet ?? document.createElement("canvas");
    [sheet.width, sheet.height] = [width, height]; // also clears it
    layer.past = { key, sheet, frame: 0 };
  }
  const { past } = layer;
  if (past.frame < now.i) {
    const pen = past.sheet.getContext("2d");
    pen.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    pen.lineCap = "round";
    strokeTrails(pen, layer, view, { i: now.i, j: now.i, f: 0 }, color, past.frame);
    past.frame = now.i;
  }
  ctx.save();
  ctx.setTransform(1, 0, 0, 1, 0, 0); // pixel on pixel
  ctx.drawImage(past.sheet, 0, 0);
  ctx.restore();
  if (now.f > 0) strokeTrails(ctx, layer, view, now, color, now.i);
}

function drawArrows(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const { origin, vectors, count } = layer;
  const long = layer.step * layer.scale * view.scale;
  const heads = new Path2D();
  ctx.strokeStyle = ctx.fillStyle = theme.color(layer.color);
  ctx.globalAlpha = layer.opacity;
  ctx.lineWidth = 1.2;
  ctx.lineCap = "round";
  ctx.beginPath();
  for (let p = 0; p < count; p++) {
    const [a, b] = [2 * (i * count + p), 2 * (j * count + p)];
    if (origin[2 * p] === NOWHERE || vectors[a] === NOWHERE || vectors[b] === NOWHERE) continue;
    const x = view.ox + view.sx * origin[2 * p];
    const y = view.oy - view.sy * origin[2 * p + 1];
    const dx = long * lerp(vectors[a], vectors[b], f);
    const dy = -long * lerp(vectors[a + 1], vectors[b + 1], f);
    const reach = Math.hypot(dx, dy);
    if (reach < 0.75) {
      heads.rect(x - 0.5, y - 0.5, 1, 1); // as good as zero: a speck, so that the grid stays legible
      continue;
    }
    const [ux, uy] = [dx / reach, dy / reach];
    const head = Math.min(5.5, 0.45 * reach + 0.8);
    const [bx, by] = [x + dx - ux * head, y + dy - uy * head];
    ctx.moveTo(x, y);
    ctx.lineTo(bx, by);
    heads.moveTo(x + dx, y + dy);
    heads.lineTo(bx - uy * head * 0.42, by + ux * head * 0.42);
    heads.lineTo(bx + uy * head * 0.42, by - ux * head * 0.42);
    heads.closePath();
  }
  ctx.stroke();
  ctx.fill(heads);
  ctx.globalAlpha = 1;
}
