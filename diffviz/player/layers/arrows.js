// Arrows: a shaft and a head each, all of a layer in one path.

function drawArrows(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const { origin, vectors, count } = layer;
  const long = layer.step * layer.scale * view.across;
  const heads = new Path2D();
  ctx.strokeStyle = ctx.fillStyle = theme.color(layer.color);
  ctx.globalAlpha = layer.opacity;
  ctx.lineWidth = 1.2;
  ctx.lineCap = "round";
  ctx.beginPath();
  for (let p = 0; p < count; p++) {
    const [a, b] = [2 * (i * count + p), 2 * (j * count + p)];
    const [from, to] = layer.moving ? [a, b] : [2 * p, 2 * p];
    if (origin[from] === NOWHERE || origin[to] === NOWHERE || vectors[a] === NOWHERE || vectors[b] === NOWHERE) continue;
    const x = view.ox + view.sx * lerp(origin[from], origin[to], f);
    const y = view.oy - view.sy * lerp(origin[from + 1], origin[to + 1], f);
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

const arrowsInWords = ({ count }) => counted(count, "arrow");

registerLayer("arrows", { draw: drawArrows, words: arrowsInWords });
