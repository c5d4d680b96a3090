// A small chart with a cursor: legend, axes, bands, lines.

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
      if (chart.dots) drawMarker(ctx, line.mark, x + 6, y - 0.5, colors[k]);
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
  for (const line of layer.lines) line.x ??= layer.x; // a line has places of its own, or shares the chart's
  const { i, j, f } = within(layer, moment);
  const cursor = layer.at ? lerp(layer.at[i], layer.at[j], f) : null;
  const [logX, logY] = layer.log;
  const colors = layer.lines.map((line, k) => (line.color ? theme.color(line.color) : theme.group(k)));
  const [fixedX, fixedY] = layer.limits;
  layer.spanX ??= rangeOf([layer.x, ...layer.lines.map((l) => l.x)], logX, fixedX);
  layer.spanY ??= rangeOf(layer.lines.flatMap((l) => [l.y, ...(l.band ?? [])]), logY, fixedY);
  ctx.font = `11px ${theme.font}`;
  ctx.textBaseline = "middle";

  const foot = layer.labels[0] ? 34 : 20;
  const rows = Math.max(3, view.height / (logY ? 28 : 60)); // a small pane shows its decades
  const { low: y0, high: y1, ticks: yTicks } = axisOf(layer.spanY, logY, rows, 20 / view.height, !fixedY);
  const left = Math.ceil(Math.max(...yTicks.map((v) => ctx.measureText(tickText(v)).width), 12)) + 9;
  const chart = { left, lines: layer.lines, yLabel: layer.labels[1], dots: layer.dots };
  const columns = Math.max(2, logX ? 0 : Math.min(5, view.width / 36), view.width / 75);
  const { low: x0, high: x1, ticks: xTicks } = axisOf(layer.spanX, logX, columns, 36 / (view.width - left), !fixedX);
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
  for (const v of xTicks) {
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
    if (layer.dots) ctx.setLineDash(DASHES[line.mark % DASHES.length]);
    ctx.beginPath();
    trace(line.x, line.y, false);
    ctx.stroke();
  });
  ctx.setLineDash([]);
  if (layer.dots) drawMeasured(ctx, layer, colors, scales);
  ctx.restore();
  if (layer.dots && layer.pointer) drawPointLabel(ctx, layer, theme, colors, scales);
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

// A chart of measurements labels the point under the pointer.
function hoverCurve(layer, place) {
  layer.pointer = place;
  return layer.dots;
}

// The points of each line, with the ends of its bar or band.
function* curveRows(layer) {
  for (const { label, x, y, band, whiskers } of layer.lines) {
    for (let n = 0; n < y.length; n++) {
      const ends = whiskers ? [y[n] - whiskers[n], y[n] + whiskers[n]] : (band ?? []).map((side) => side[n]);
      yield [label, n, (x ?? layer.x)[n], y[n], ...ends];
    }
  }
}

// Each line by its value at the cursor, or from its first to its last.
function curveInWords(layer, pane, { i, j, f }) {
  const said = (v) => tickText(Number(v.toPrecision(3)));
  const cursor = layer.at ? lerp(layer.at[i], layer.at[j], f) : null;
  const lines = layer.lines.map(({ label, x, y }) => {
    const value = cursor == null ? NaN : valueAt(x ?? layer.x, y, cursor);
    if (Number.isFinite(value)) return `${label} ${said(value)}`;
    const known = y.filter(Number.isFinite);
    return known.length ? `${label} from ${said(known[0])} to ${said(known.at(-1))}` : label;
  });
  const [across, up] = layer.labels;
  return `a chart${up ? ` of ${up}` : ""}${across ? ` over ${across}` : ""}: ${lines.join(", ")}`;
}

registerLayer("curve", { draw: drawCurve, hover: hoverCurve, rows: curveRows, still: true, words: curveInWords });
