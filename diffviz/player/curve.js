// A small chart with a cursor: axes, ticks, legend, bands, lines.

function spread(arrays, log, fixed) {
  if (fixed) return fixed;
  let [low, high] = [Infinity, -Infinity];
  for (const values of arrays) {
    for (const v of values) {
      if (!Number.isFinite(v) || (log && v <= 0)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (low === high) return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  return [low, high];
}

// Round numbers inside [low, high], about `wanted` of them; powers of ten on a logarithmic axis.
function ticksOf(low, high, wanted, log) {
  if (log) {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    if (high / low > 5 && (to - from < 2 || wanted >= 3 * Math.log10(high / low))) {
      const powers = Array.from({ length: to - from + 3 }, (_, k) => from - 1 + k);
      const ticks = powers.flatMap((p) => [1, 2, 5].map((m) => m * 10 ** p));
      return ticks.filter((v) => v >= low * 0.999 && v <= high * 1.001);
    }
    if (to - from >= 1) {
      const every = Math.ceil((to - from + 1) / wanted);
      return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, k) => 10 ** (from + k * every));
    }
  }
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => (first + k) * step);
  return log ? ticks.filter((v) => v > 0) : ticks;
}

function tickText(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e4 || size < 1e-3)) {
    const power = Math.floor(Math.log10(size) + 1e-9);
    const lead = Number((value / 10 ** power).toPrecision(3));
    const raised = [...String(power)].map((c) => (c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c])).join("");
    return lead === 1 ? `10${raised}` : `${lead}\u00b710${raised}`;
  }
  return String(Number(value.toPrecision(6))).replace("-", "\u2212");
}

// Linear interpolation of a line at x; NaN outside.
function valueAt(xs, ys, x) {
  for (let k = 1; k < xs.length; k++) {
    const [a, b] = [xs[k - 1], xs[k]];
    if (a !== b && (x - a) * (x - b) <= 0) return lerp(ys[k - 1], ys[k], (x - a) / (b - a));
  }
  return NaN;
}

// Entries from the left, onto new rows where they do not fit; answers the height taken.
function drawLegend(ctx, chart, view, theme, colors, cursor) {
  const row = 17;
  let [x, y] = [chart.left, 11];
  ctx.textAlign = "left";
  if (chart.yLabel) {
    ctx.fillStyle = theme.color("muted");
    ctx.fillText(chart.yLabel, 2, y);
    x = Math.max(chart.left, ctx.measureText(chart.yLabel).width + 18);
  }
  if (chart.lines.length > 1 || cursor != null || !chart.yLabel) {
    const slot = cursor == null ? 0 : ctx.measureText(" \u22120.000").width;
    chart.lines.forEach((line, k) => {
      const text = ctx.measureText(line.label).width;
      const wide = 20 + text + slot + 12;
      if (x + wide > view.width && x > chart.left) [x, y] = [chart.left, y + row];
      if (chart.dots) drawMarker(ctx, k, x + 6, y - 0.5, colors[k]);
      else {
        ctx.strokeStyle = colors[k];
        ctx.lineWidth = 2.5;
        ctx.beginPath();
        ctx.moveTo(x, y - 0.5);
        ctx.lineTo(x + 13, y - 0.5);
        ctx.stroke();
      }
      ctx.fillStyle = theme.color("text");
      ctx.fillText(line.label, x + 19, y);
      const value = cursor == null ? NaN : valueAt(line.x, line.y, cursor);
      if (Number.isFinite(value)) {
        ctx.fillStyle = theme.color("muted");
        ctx.fillText(Math.abs(value) >= 1000 ? tickText(Number(value.toPrecision(3))) : figure(value, Math.abs(value) < 10 ? 3 : 1), x + 24 + text, y);
      }
      x += wide;
    });
  }
  return y + 14;
}

function drawCurve(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const cursor = layer.at ? lerp(layer.at[i], layer.at[j], f) : null;
  const [logX, logY] = layer.log;
  const colors = layer.lines.map((line, k) => (line.color ? theme.color(line.color) : theme.group(k)));
  const [x0, x1] = (layer.spanX ??= spread([layer.x, ...layer.lines.map((l) => l.x)], logX));
  const [y0, y1] = (layer.spanY ??= spread(layer.lines.flatMap((l) => [l.y, ...(l.band ?? [])]), logY, layer.limits));
  ctx.font = `11px ${theme.font}`;
  ctx.textBaseline = "middle";

  const foot = layer.labels[0] ? 34 : 20;
  const yTicks = ticksOf(y0, y1, Math.max(3, view.height / 60), logY);
  const left = Math.ceil(Math.max(...yTicks.map((v) => ctx.measureText(tickText(v)).width), 12)) + 9;
  const chart = { left, lines: layer.lines, yLabel: layer.labels[1], dots: layer.dots };
  const top = drawLegend(ctx, chart, view, theme, colors, cursor);
  const [right, bottom] = [view.width - 10, view.height - foot];
  const unit = (v, low, high, log) => (log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
  const X = (v) => left + unit(v, x0, x1, logX) * (right - left);
  const Y = (v) => bottom - unit(v, y0, y1, logY) * (bottom - top - 4);

  ctx.lineWidth = 1;
  ctx.fillStyle = theme.color("muted");
  ctx.strokeStyle = theme.color("line");
  ctx.textAlign = "right";
  for (const v of yTicks) {
    const y = Math.round(Y(v)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.fillText(tickText(v), left - 6, y);
  }
  ctx.beginPath();
  ctx.moveTo(left, Math.round(bottom) + 0.5);
  ctx.lineTo(right, Math.round(bottom) + 0.5);
  ctx.stroke();
  ctx.textAlign = "center";
  for (const v of ticksOf(x0, x1, Math.max(2, view.width / 75), logX)) {
    const half = ctx.measureText(tickText(v)).width / 2;
    ctx.fillText(tickText(v), Math.min(X(v), view.width - half - 1), bottom + 12);
  }
  if (layer.labels[0].length === 1) ctx.font = "italic 13px STIX Two Text, Latin Modern Math, Cambria, Georgia, serif";
  ctx.fillText(layer.labels[0], (left + right) / 2, view.height - 9);

  const scales = { X, Y, left, right, top, bottom, y0, y1, width: view.width };
  drawRules(ctx, layer, theme, scales);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top - 2, right - left + 2, bottom - top + 4);
  ctx.clip();
  const drawable = (v, log) => Number.isFinite(v) && (!log || v > 0);
  const trace = (xs, ys, reversed) => {
    let pen = reversed;
    for (let k = 0; k < ys.length; k++) {
      const n = reversed ? ys.length - 1 - k : k;
      if (!drawable(ys[n], logY) || !drawable(xs[n], logX)) {
        pen = reversed;
        continue;
      }
      if (pen) ctx.lineTo(X(xs[n]), Y(ys[n]));
      else ctx.moveTo(X(xs[n]), Y(ys[n]));
      pen = true;
    }
  };
  ctx.lineJoin = "round";
  layer.lines.forEach((line, k) => {
    if (!line.band) return;
    ctx.fillStyle = colors[k];
    ctx.globalAlpha = 0.14;
    ctx.beginPath();
    trace(line.x, line.band[0], false);
    trace(line.x, line.band[1], true);
    ctx.fill();
    ctx.globalAlpha = 1;
  });
  layer.lines.forEach((line, k) => {
    ctx.strokeStyle = colors[k];
    ctx.lineWidth = 1.8;
    if (layer.dots) ctx.setLineDash(DASHES[k % DASHES.length]);
    ctx.beginPath();
    trace(line.x, line.y, false);
    ctx.stroke();
  });
  ctx.setLineDash([]);
  if (layer.dots) drawMeasured(ctx, layer, colors, scales);
  ctx.restore();
  if (layer.dots && layer.pointer) drawTold(ctx, layer, theme, colors, scales);
  if (cursor != null && drawable(cursor, logX)) drawCursor(ctx, layer, theme, colors, cursor, scales);
}

function drawCursor(ctx, layer, theme, colors, cursor, { X, Y, top, bottom, y0, y1 }) {
  ctx.strokeStyle = theme.color("muted");
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(X(cursor), top);
  ctx.lineTo(X(cursor), bottom);
  ctx.stroke();
  layer.lines.forEach((line, k) => {
    const value = valueAt(line.x, line.y, cursor);
    if (!Number.isFinite(value) || value < y0 || value > y1) return;
    ctx.beginPath();
    ctx.arc(X(cursor), Y(value), 4, 0, 7);
    ctx.fillStyle = colors[k];
    ctx.fill();
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = theme.color("paper");
    ctx.stroke();
  });
}

const DRAW = { points: drawPoints, trails: drawTrails, arrows: drawArrows, heat: drawHeat, tiles: drawTiles, curve: drawCurve };
