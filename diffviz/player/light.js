// Light: in the dark theme moving points leave a glow along the last part of their way. It is computed from the clock's
// position alone, so that a picture is the same however the clock came there. Gathered on a coarse sheet, which
// smooths it when it is drawn large: a fraction of what the points themselves cost.

const LOOK_BACK = 0.05; // of the clock
const LAMPS = 10; // places on the way that shine
const TEXEL = 3; // pixels of a cell of the sheet
const SHINE = 0.24; // light of the brightest place
const BRIGHTEST = 0.5; // opacity that no amount of light exceeds

function lightSheet(layer, columns, rows) {
  if (layer.light?.sheet.width !== columns || layer.light.sheet.height !== rows) {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [columns, rows];
    layer.light = { sheet, image: new ImageData(columns, rows), sums: new Float32Array(4 * columns * rows) };
  }
  return layer.light;
}

// Add light at a place between four cells. sums: for each cell red, green, blue and the light itself.
function shine(sums, columns, rows, x, y, [red, green, blue], light) {
  const [c, r] = [Math.floor(x), Math.floor(y)];
  if (c < 0 || r < 0 || c >= columns - 1 || r >= rows - 1) return;
  const [fx, fy] = [x - c, y - r];
  for (let k = 0; k < 4; k++) {
    const share = light * (k & 1 ? fx : 1 - fx) * (k & 2 ? fy : 1 - fy);
    const o = 4 * ((r + (k >> 1)) * columns + c + (k & 1));
    sums[o] += share * red;
    sums[o + 1] += share * green;
    sums[o + 2] += share * blue;
    sums[o + 3] += share;
  }
}

function drawLight(ctx, layer, view, { i, f }, inkOf) {
  const { xy, count, frames } = layer;
  const [columns, rows] = [Math.ceil(view.width / TEXEL) + 1, Math.ceil(view.height / TEXEL) + 1];
  const { sheet, image, sums } = lightSheet(layer, columns, rows);
  sums.fill(0);
  for (let k = 0; k < LAMPS; k++) {
    const at = i + f - (k / LAMPS) * LOOK_BACK * (frames - 1);
    if (at < 0) break;
    const a = Math.min(frames - 1, Math.floor(at));
    const [share, next] = [at - a, Math.min(frames - 1, a + 1)];
    const light = SHINE * (1 - k / LAMPS);
    for (let p = 0, m = 2 * a * count, n = 2 * next * count; p < count; p++, m += 2, n += 2) {
      if (xy[m] === NOWHERE || xy[n] === NOWHERE) continue;
      const x = view.ox + view.sx * lerp(xy[m], xy[n], share);
      const y = view.oy - view.sy * lerp(xy[m + 1], xy[n + 1], share);
      shine(sums, columns, rows, x / TEXEL, y / TEXEL, inkOf(p), light);
    }
  }
  const { data } = image;
  for (let o = 0; o < sums.length; o += 4) {
    const light = sums[o + 3];
    if (!light) {
      data[o + 3] = 0;
      continue;
    }
    for (let k = 0; k < 3; k++) data[o + k] = sums[o + k] / light;
    data[o + 3] = 255 * BRIGHTEST * (1 - Math.exp(-light));
  }
  sheet.getContext("2d").putImageData(image, 0, 0);
  ctx.save();
  ctx.globalCompositeOperation = "lighter";
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(sheet, -TEXEL / 2, -TEXEL / 2, columns * TEXEL, rows * TEXEL);
  ctx.restore();
}
