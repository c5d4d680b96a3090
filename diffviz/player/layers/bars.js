// Bars: heights that change with the clock, each with a tick where it should be.

const [LEFT, FOOT, HEAD] = [34, 34, 24]; // pixels for the numbers at the side, the names below, and above

function drawBars(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const { heights, marks, labels, top } = layer;
  const count = labels.length;
  const [base, high] = [view.height - FOOT, view.height - FOOT - HEAD];
  const [below, beside] = layer.names;
  const Y = (value) => base - (high * Math.min(value, top)) / top;
  ctx.font = `11px ${theme.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  ctx.lineWidth = 1;
  for (const value of axisOf([0, top], false, Math.max(2, high / 28), 18 / high).ticks) {
    ctx.strokeStyle = theme.color("line");
    ctx.beginPath();
    ctx.moveTo(LEFT, Y(value));
    ctx.lineTo(view.width, Y(value));
    ctx.stroke();
    ctx.fillStyle = theme.color("muted");
    ctx.fillText(tickText(value), LEFT - 5, Y(value));
  }
  const room = (view.width - LEFT) / count;
  ctx.textAlign = "center";
  labels.forEach((label, k) => {
    const middle = LEFT + (k + 0.5) * room;
    const wide = Math.min(0.62 * room, 46);
    const height = lerp(heights[i * count + k], heights[j * count + k], f);
    ctx.fillStyle = theme.color(layer.color);
    ctx.globalAlpha = 0.8;
    ctx.fillRect(middle - wide / 2, Y(height), wide, base - Y(height));
    ctx.globalAlpha = 1;
    if (marks) {
      ctx.fillStyle = theme.color("text");
      ctx.fillRect(middle - 0.72 * wide, Y(marks[k]) - 1, 1.44 * wide, 2);
    }
    ctx.fillStyle = theme.color("muted");
    ctx.fillText(label, middle, base + 11);
  });
  ctx.fillText(below, LEFT + (view.width - LEFT) / 2, base + 26);
  ctx.textAlign = "left";
  ctx.fillText(beside, 2, 9);
}

function* barRows({ heights, labels }, pane, { i, j, f }) {
  for (const [k, label] of labels.entries()) yield [label, k, "", lerp(heights[i * labels.length + k], heights[j * labels.length + k], f)];
}

function barsInWords({ labels, heights, names }, pane, { i, j, f }) {
  const height = (k) => tickText(Number(lerp(heights[i * labels.length + k], heights[j * labels.length + k], f).toPrecision(2)));
  return `bars of ${names[1]}: ${labels.map((label, k) => `${names[0]} ${label} ${height(k)}`).join(", ")}`;
}

registerLayer("bars", { draw: drawBars, rows: barRows, words: barsInWords });
