// Points, thousands of them, many times a second: blended straight into pixels, then copied onto the canvas as one
// picture. Measured on six panes of 2,000 without a graphics card: 60 frames a second; one path of arcs gives 41,
// copying a ready-made dot 15.

const masks = new Map(); // radius in device pixels -> coverage of a dot at 4 by 4 places within a pixel
const sheets = new Map(); // size -> where points are gathered before they are copied

function maskOf(radius) {
  if (!masks.has(radius)) {
    const side = Math.ceil(2 * radius) + 3;
    const covers = Array.from({ length: 16 }, (_, k) => {
      const [cx, cy] = [side / 2 - 0.5 + ((k & 3) + 0.5) / 4, side / 2 - 0.5 + ((k >> 2) + 0.5) / 4];
      const cover = (_, n) => Math.max(0, Math.min(1, radius + 0.5 - Math.hypot((n % side) - cx, Math.floor(n / side) - cy)));
      return Float32Array.from({ length: side * side }, cover);
    });
    masks.set(radius, { side, covers });
  }
  return masks.get(radius);
}

function pointSheet(width, height) {
  const key = `${width} ${height}`;
  if (!sheets.has(key)) {
    if (sheets.size > 3) sheets.clear();
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [width, height];
    sheets.set(key, { sheet, pen: sheet.getContext("2d"), image: new ImageData(width, height) });
  }
  return sheets.get(key);
}

// One dot over what is there, colours not premultiplied, as in ImageData.
function stamp(data, width, left, top, side, cover, [red, green, blue], opacity) {
  for (let row = 0, n = 0; row < side; row++) {
    for (let column = 0, o = 4 * ((top + row) * width + left); column < side; column++, n++, o += 4) {
      if (cover[n] === 0) continue;
      const alpha = opacity * cover[n];
      const under = (data[o + 3] / 255) * (1 - alpha);
      const share = alpha / (alpha + under);
      data[o] += (red - data[o]) * share;
      data[o + 1] += (green - data[o + 1]) * share;
      data[o + 2] += (blue - data[o + 2]) * share;
      data[o + 3] = 255 * (alpha + under);
    }
  }
}

function drawPoints(ctx, layer, view, moment, theme) {
  const { i, j, f } = within(layer, moment);
  const { xy, groups, count, opacity } = layer;
  const { ratio } = view;
  const { width, height } = ctx.canvas;
  const { side, covers } = maskOf(Math.round(20 * layer.size * view.dot * ratio) / 20);
  const { sheet, pen, image } = pointSheet(width, height);
  const { data } = image;
  data.fill(0);
  const single = theme.ink(theme.color(layer.color));
  const inks = groups ? Array.from({ length: GROUPS }, (_, k) => theme.ink(theme.group(k))) : null;
  const inkOf = (p) => (inks ? inks[groups[p] % GROUPS] : single);
  if (theme.glows && moment.smooth && layer.part === "points") drawLight(ctx, layer, view, moment, inkOf);
  const [sx, sy] = [view.sx * ratio, view.sy * ratio];
  const [ox, oy] = [view.ox * ratio - side / 2, view.oy * ratio - side / 2];
  for (let p = 0, a = 2 * i * count, b = 2 * j * count; p < count; p++, a += 2, b += 2) {
    if (xy[a] === NOWHERE || xy[b] === NOWHERE) continue;
    const x = ox + sx * (xy[a] + (xy[b] - xy[a]) * f);
    const y = oy - sy * (xy[a + 1] + (xy[b + 1] - xy[a + 1]) * f);
    const [left, top] = [Math.floor(x), Math.floor(y)];
    if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
    const cover = covers[4 * Math.floor(4 * (y - top)) + Math.floor(4 * (x - left))];
    stamp(data, width, left, top, side, cover, inkOf(p), opacity);
  }
  pen.putImageData(image, 0, 0);
  ctx.save();
  ctx.setTransform(1, 0, 0, 1, 0, 0); // pixel on pixel
  ctx.drawImage(sheet, 0, 0);
  ctx.restore();
}

function pointsInWords(layer, pane, moment) {
  const at = layer.count === 1 ? placeOf(layer, 0, moment) : null;
  const name = layer.part === "data" ? "data point" : "point";
  return counted(layer.count, name) + (at ? ` at ${spelled(inUnits(pane, at))}` : "");
}

registerLayer("points", { draw: drawPoints, rows: particleRows, words: pointsInWords });
