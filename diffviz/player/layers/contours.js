// Contours: lines of equal density, found in every cell of the grid between four nodes (marching squares).

const FADED = 0.45; // opacity of the outermost line
const APART = 15; // pixels that two labels need

// Where a line crosses the sides of the cell right and above of a node: pairs of places, in cells. Bottom, right, top, left.
function crossings(shades, columns, r, c, level) {
  const n = r * columns + c;
  const [a, b, d, e] = [shades[n], shades[n + 1], shades[n + columns + 1], shades[n + columns]];
  const places = [];
  if (a > level !== b > level) places.push([c + (level - a) / (b - a), r]);
  if (b > level !== d > level) places.push([c + 1, r + (level - b) / (d - b)]);
  if (e > level !== d > level) places.push([c + (level - e) / (d - e), r + 1]);
  if (a > level !== e > level) places.push([c, r + (level - a) / (e - a)]);
  // A saddle: two corners across are high. The mean says whether they hang together.
  if (places.length === 4 && a > level === (a + b + d + e) / 4 > level) places.push(places.shift());
  return places;
}

// One path of a level, and its highest place, where the label stands.
function traceLevel(shades, [rows, columns], level, across, up) {
  const path = new Path2D();
  let top = null;
  for (let r = 0; r < rows - 1; r++) {
    for (let c = 0; c < columns - 1; c++) {
      const n = r * columns + c;
      const high = (shades[n] > level) + (shades[n + 1] > level) + (shades[n + columns] > level) + (shades[n + columns + 1] > level);
      if (high === 0 || high === 4) continue;
      crossings(shades, columns, r, c, level).forEach(([x, y], k) => {
        const place = [across(x), up(y)];
        if (k % 2) path.lineTo(...place);
        else path.moveTo(...place);
        if (!top || place[1] < top[1]) top = place;
      });
    }
  }
  return { path, top };
}

function drawContours(ctx, layer, view, moment, theme) {
  const now = within(layer, moment);
  const { i, j, f } = now;
  const { labels } = layer;
  const [rows, columns] = layer.size;
  const [x0, x1, y0, y1] = layer.extent;
  const place = `${view.width} ${view.height}`;
  if (!isDrawn(layer, now, place)) {
    const shades = shadesOf(layer, layer.logs, rows * columns, now);
    const across = (c) => view.ox + (x0 + ((c + 0.5) * (x1 - x0)) / columns - view.cx) * view.across; // nodes in the middle of cells
    const up = (r) => view.oy - (y0 + ((r + 0.5) * (y1 - y0)) / rows - view.cy) * view.up;
    const level = (k) => 255 * lerp(layer.levels[i * labels.length + k], layer.levels[j * labels.length + k], f);
    layer.lines = labels.map((_, k) => traceLevel(shades, layer.size, level(k), across, up));
  }
  ctx.strokeStyle = theme.color(layer.color);
  ctx.lineWidth = 1.5;
  ctx.lineCap = "round";
  layer.lines.forEach(({ path }, k) => {
    ctx.globalAlpha = lerp(1, FADED, labels.length > 1 ? k / (labels.length - 1) : 0);
    ctx.stroke(path);
  });
  ctx.globalAlpha = 1;
  drawLabels(ctx, layer, theme);
}

// Each on the highest place of its line, with a rim of paper; none where the lines are too close to tell which is whose.
function drawLabels(ctx, layer, theme) {
  ctx.font = `600 10px ${theme.font}`;
  [ctx.textAlign, ctx.textBaseline] = ["center", "middle"];
  [ctx.strokeStyle, ctx.fillStyle, ctx.lineWidth, ctx.lineJoin] = [theme.color("paper"), theme.color(layer.color), 3, "round"];
  const heights = layer.lines.map(({ top }) => top?.[1] ?? NaN);
  if (!heights.every((y, k) => heights.slice(k + 1).every((other) => Math.abs(y - other) >= APART))) return;
  layer.lines.forEach(({ top }, k) => {
    ctx.strokeText(layer.labels[k], ...top);
    ctx.fillText(layer.labels[k], ...top);
  });
}

const contoursInWords = ({ labels }) => `contours of ${enumerated(labels)}`;

registerLayer("contours", { draw: drawContours, words: contoursInWords });
