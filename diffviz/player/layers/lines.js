// Lines: one line through its points, which may bend with the clock; broken where a point is nowhere.

function drawLines(ctx, layer, view, moment, theme) {
  const now = within(layer, moment);
  ctx.strokeStyle = theme.color(layer.color);
  ctx.lineWidth = layer.width;
  ctx.lineJoin = ctx.lineCap = "round";
  ctx.globalAlpha = layer.opacity;
  ctx.beginPath();
  let pen = false;
  for (let p = 0; p < layer.count; p++) {
    const at = placeOf(layer, p, now);
    if (at) {
      const [x, y] = [view.ox + view.sx * at[0], view.oy - view.sy * at[1]];
      if (pen) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
    }
    pen = at !== null;
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

const linesInWords = () => "a line";

registerLayer("lines", { draw: drawLines, rows: particleRows, words: linesInWords });
