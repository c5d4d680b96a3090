// Axes around a part of a picture: names, ticks, numbers.

const [TICK, ROW] = [4, 15]; // pixels

function drawAxes(ctx, layer, view, moment, theme) {
  const [x0, x1, y0, y1] = layer.inside;
  const [left, right] = [x0, x1].map((x) => view.ox + (x - view.cx) * view.across);
  const [bottom, top] = [y0, y1].map((y) => view.oy - (y - view.cy) * view.up);
  const [fromX, toX, fromY, toY] = layer.values;
  const X = (v) => lerp(left, right, (v - fromX) / (toX - fromX));
  const Y = (v) => lerp(bottom, top, (v - fromY) / (toY - fromY));
  const [xName, yName] = layer.labels;

  ctx.font = `11px ${theme.font}`;
  ctx.textBaseline = "middle";
  ctx.fillStyle = ctx.strokeStyle = theme.color("muted");
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(left, top);
  ctx.lineTo(left, bottom);
  ctx.lineTo(right, bottom);
  const room = view.height - bottom;
  const under = bottom + Math.min(room / 2, ROW / 2) + 1;
  const below = room >= 2 * ROW + 2; // a row for the numbers, and one for the name
  const nameFrom = below ? view.width : right - ctx.measureText(xName).width - 2 * TICK;
  ctx.textAlign = "center";
  for (const v of ticksOf(fromX, toX, Math.max(2, (right - left) / 75))) {
    const half = ctx.measureText(tickText(v)).width / 2;
    ctx.moveTo(X(v), bottom);
    ctx.lineTo(X(v), bottom - TICK);
    if (X(v) - half > 0 && X(v) + half < nameFrom) ctx.fillText(tickText(v), X(v), under);
  }
  ctx.textAlign = "right";
  for (const v of ticksOf(fromY, toY, Math.max(2, (bottom - top) / 40))) {
    ctx.moveTo(left, Y(v));
    ctx.lineTo(left + TICK, Y(v));
    if (Y(v) > top + 16 && Y(v) < bottom + 1) ctx.fillText(tickText(v), left - TICK, Y(v)); // below the axis's name
  }
  ctx.stroke();
  ctx.fillStyle = theme.color("text");
  ctx.fillText(xName, right - TICK, below ? under + ROW : under);
  ctx.textAlign = "left";
  ctx.fillText(yName, left + 2 * TICK, top + 8);
}

registerLayer("axes", { draw: drawAxes });
