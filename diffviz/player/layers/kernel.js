// A kernel: every point pulls at the handle, the nearer the more, and the arrow leads to their mean.

const SEEN = 0.002; // weight below which no line is drawn

function drawKernel(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const { xy, count, width } = layer;
  if (!layer.handle) return;
  const from = handleAt(layer.handle, moment);
  const spread = lerp(width[i], width[j], f);
  const places = Array.from({ length: count }, (_, p) => {
    const [a, b] = [2 * (i * count + p), 2 * (j * count + p)];
    return [0, 1].map((k) => [view.cx, view.cy][k] + layer.unit[k] * lerp(xy[a + k], xy[b + k], f));
  });
  const exponents = places.map(([x, y]) => -((x - from[0]) ** 2 + (y - from[1]) ** 2) / (2 * spread * spread));
  const most = Math.max(...exponents);
  const weights = exponents.map((e) => Math.exp(e - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  const start = pixelOf(view, from);
  const mean = [0, 0];
  ctx.strokeStyle = ctx.fillStyle = theme.color(layer.color);
  places.forEach((place, p) => {
    const weight = weights[p] / sum;
    mean[0] += weight * place[0];
    mean[1] += weight * place[1];
    const at = pixelOf(view, place);
    if (weight > SEEN) {
      ctx.globalAlpha = 0.25 + 0.6 * Math.sqrt(weight);
      ctx.lineWidth = 0.6 + 5 * weight;
      ctx.beginPath();
      ctx.moveTo(...start);
      ctx.lineTo(...at);
      ctx.stroke();
    }
    ctx.globalAlpha = 0.85;
    ctx.beginPath();
    ctx.arc(...at, (2 + 8 * Math.sqrt(weight)) * view.dot, 0, 7);
    ctx.fill();
  });
  ctx.globalAlpha = 1;
  drawLead(ctx, view, from, mean, theme.color(layer.lead), theme.color("paper"));
}

const kernelInWords = ({ count }) => `${counted(count, "point")} that pull at the handle`;

registerLayer("kernel", { draw: drawKernel, words: kernelInWords });
