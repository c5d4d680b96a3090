// What a chart of measurements adds to its lines: a mark and a bar at every point, rules, and a point's values on demand.

const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];
const RULE_ROOM = 16; // pixels between two rules that have room for a name; else the lower one's stands below it
const NEAR = 18; // pixels within which a point answers the pointer

function drawMeasured(ctx, layer, colors, { X, Y, y0 }) {
  const floor = layer.log[1] ? y0 * 1e-3 : -Infinity; // a bar that would reach below zero leaves the picture
  layer.lines.forEach((line, k) => {
    ctx.strokeStyle = colors[k];
    ctx.lineWidth = 1.2;
    line.y.forEach((value, n) => {
      if (!Number.isFinite(value)) return;
      const x = X(line.x[n]);
      const bar = line.whiskers?.[n] ?? 0;
      if (bar > 0) {
        ctx.beginPath();
        ctx.moveTo(x, Y(Math.max(floor, value - bar)));
        ctx.lineTo(x, Y(value + bar));
        ctx.stroke();
      }
      drawMarker(ctx, line.mark, x, Y(value), colors[k]);
    });
  });
}

function drawRules(ctx, layer, theme, { Y, left, right, top, bottom, y0 }) {
  ctx.textAlign = "right";
  const heights = layer.rules.map(({ y }) => Y(y));
  for (const { label, y, half } of layer.rules) {
    const [low, high] = [y + half, y - half].map((v) => (v > y0 ? Math.max(top, Y(v)) : bottom));
    ctx.fillStyle = theme.color("text");
    ctx.globalAlpha = 0.1;
    ctx.fillRect(left, low, right - left, high - low);
    ctx.globalAlpha = 1;
    const at = Math.round(Y(y)) + 0.5;
    if (!(at > top && at < bottom)) continue;
    ctx.strokeStyle = ctx.fillStyle = theme.color("text");
    ctx.globalAlpha = 0.7;
    ctx.lineWidth = 1;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(left, at);
    ctx.lineTo(right, at);
    ctx.stroke();
    ctx.setLineDash([]);
    const crowded = heights.some((other) => other < Y(y) && other > Y(y) - RULE_ROOM);
    ctx.fillText(label, right - 2, crowded ? at + 9 : at - 8);
    ctx.globalAlpha = 1;
  }
}

// The measured point nearest to the pointer, its values on a small plate beside it.
function drawPointLabel(ctx, layer, theme, colors, { X, Y, right }) {
  const [px, py] = layer.pointer;
  let [best, least] = [null, NEAR * NEAR];
  layer.lines.forEach((line, k) =>
    line.y.forEach((value, n) => {
      const square = (X(line.x[n]) - px) ** 2 + (Y(value) - py) ** 2;
      if (square < least) [best, least] = [{ line, k, n }, square];
    }),
  );
  if (!best) return;
  const { line, k, n } = best;
  const bar = line.whiskers?.[n];
  const value = Number(line.y[n].toPrecision(3));
  const text = `${line.label} \u00b7 ${tickText(line.x[n])} \u00b7 ${tickText(value)}${bar > 0 ? ` \u00b1 ${tickText(Number(bar.toPrecision(2)))}` : ""}`;
  const wide = ctx.measureText(text).width + 14;
  const x = Math.min(X(line.x[n]) + 8, right - wide);
  const y = Math.max(14, Y(line.y[n]) - 16);
  ctx.fillStyle = theme.color("paper");
  ctx.strokeStyle = colors[k];
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(x, y - 10, wide, 20, 4);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = theme.color("text");
  ctx.textAlign = "left";
  ctx.fillText(text, x + 7, y);
}
