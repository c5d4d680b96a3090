// Trails: the way each particle came, up to the clock.

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

const trailsInWords = (layer) => counted((layer.ids ?? { length: layer.count }).length, "trail");

registerLayer("trails", { draw: drawTrails, rows: particleRows, words: trailsInWords });
