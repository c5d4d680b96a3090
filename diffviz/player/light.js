// Light: in the dark theme moving points leave a glow along the last part of their way. It is computed from the clock's
// position alone, so that a picture is the same however the clock came there. Gathered on a coarse sheet, which
// smooths it when it is drawn large: a fraction of what the points themselves cost.

const LOOK_BACK = 0.05; // of the clock
const LAMPS = 6; // places on the way that shine
const TEXEL = 3; // pixels of a cell of the sheet
const SHINE = 0.38; // light of the brightest place
const BRIGHTEST = 0.5; // opacity that no amount of light exceeds

function lightSheet(layer, columns, rows) {
  if (layer.light?.sheet.width !== columns || layer.light.sheet.height !== rows) {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [columns, rows];
    const cells = columns * rows;
    layer.light = { sheet, image: new ImageData(columns, rows), sums: new Float32Array(cells), tints: layer.groups ? new Float32Array(3 * cells) : null };
  }
  return layer.light;
}

// Light at a place, shared by the four cells about it. tints: red, green and blue of it where points differ in colour.
function shine(sums, tints, columns, x, y, light, ink) {
  const n = (y | 0) * columns + (x | 0);
  const fx = x - (x | 0);
  const above = light * (y - (y | 0));
  const below = light - above;
  add(sums, tints, n, below * (1 - fx), ink);
  add(sums, tints, n + 1, below * fx, ink);
  add(sums, tints, n + columns, above * (1 - fx), ink);
  add(sums, tints, n + columns + 1, above * fx, ink);
}

function add(sums, tints, cell, light, ink) {
  sums[cell] += light;
  if (tints === null) return;
  for (let c = 0; c < 3; c++) tints[3 * cell + c] += light * ink[c];
}

function drawLight(ctx, layer, view, { i, f }, inkOf) {
  const { xy, count, frames } = layer;
  const [columns, rows] = [Math.ceil(view.width / TEXEL) + 1, Math.ceil(view.height / TEXEL) + 1];
  const { sheet, image, sums, tints } = lightSheet(layer, columns, rows);
  const [ox, oy, sx, sy] = [view.ox / TEXEL, view.oy / TEXEL, view.sx / TEXEL, view.sy / TEXEL];
  sums.fill(0);
  tints?.fill(0);
  for (let k = 0; k < LAMPS; k++) {
    const at = i + f - (k / LAMPS) * LOOK_BACK * (frames - 1);
    if (at < 0) break;
    const a = Math.min(frames - 1, Math.floor(at));
    const share = at - a;
    const light = SHINE * (1 - k / LAMPS);
    for (let p = 0, m = 2 * a * count, n = 2 * Math.min(frames - 1, a + 1) * count; p < count; p++, m += 2, n += 2) {
      if (xy[m] === NOWHERE || xy[n] === NOWHERE) continue;
      const x = ox + sx * (xy[m] + (xy[n] - xy[m]) * share);
      const y = oy - sy * (xy[m + 1] + (xy[n + 1] - xy[m + 1]) * share);
      if (x >= 0 && y >= 0 && x < columns - 1 && y < rows - 1) shine(sums, tints, columns, x, y, light, tints && inkOf(p));
    }
  }
  const { data } = image;
  const plain = inkOf(0);
  for (let cell = 0; cell < sums.length; cell++) {
    const light = sums[cell];
    data[4 * cell + 3] = light && 255 * BRIGHTEST * (1 - Math.exp(-light));
    for (let c = 0; light && c < 3; c++) data[4 * cell + c] = tints ? tints[3 * cell + c] / light : plain[c];
  }
  sheet.getContext("2d").putImageData(image, 0, 0);
  ctx.save();
  ctx.globalCompositeOperation = "lighter";
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(sheet, -TEXEL / 2, -TEXEL / 2, columns * TEXEL, rows * TEXEL);
  ctx.restore();
}
