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
  // Over the picture, so with a rim of paper.
  const write = (text, x, y) => {
    const ink = ctx.strokeStyle;
    [ctx.strokeStyle, ctx.lineWidth, ctx.lineJoin] = [theme.color("paper"), 3, "round"];
    ctx.strokeText(text, x, y);
    [ctx.strokeStyle, ctx.lineWidth] = [ink, 1];
    ctx.fillText(text, x, y);
  };

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
  ctx.textAlign = "center";
  for (const v of axisOf([fromX, toX], false, Math.max(2, (right - left) / 75), 36 / (right - left)).ticks) {
    const half = ctx.measureText(tickText(v)).width / 2 + 1;
    ctx.moveTo(X(v), bottom);
    ctx.lineTo(X(v), bottom - TICK);
    ctx.fillText(tickText(v), Math.min(Math.max(X(v), half), view.width - half), under);
  }
  const heights = axisOf([fromY, toY], false, Math.max(2, (bottom - top) / 40), 18 / (bottom - top)).ticks;
  const beside = left - TICK > Math.max(...heights.map((v) => ctx.measureText(tickText(v)).width)); // else within
  ctx.textAlign = beside ? "right" : "left";
  for (const v of heights) {
    ctx.moveTo(left, Y(v));
    ctx.lineTo(left + TICK, Y(v));
    const y = Math.min(Math.max(Y(v), top + 7), view.height - 7);
    if (beside) ctx.fillText(tickText(v), left - TICK, y);
    else if (y > top + 20 && y < bottom - 8) write(tickText(v), left + 2 * TICK, y); // between the axis's name and the other axis
  }
  ctx.stroke();
  ctx.fillStyle = theme.color("text");
  ctx.textAlign = "left";
  write(yName, left + 2 * TICK, top + 8);
  ctx.textAlign = "right";
  if (room >= 2 * ROW + 2) ctx.fillText(xName, right - TICK, under + ROW);
  else write(xName, right - TICK, bottom - 10);
}

function axesInWords({ labels, values }) {
  const [from, to, low, high] = Array.from(values, (v) => tickText(Number(v.toPrecision(3))));
  return `axes: ${labels[0]} from ${from} to ${to}, ${labels[1]} from ${low} to ${high}`;
}

registerLayer("axes", { draw: drawAxes, words: axesInWords });
