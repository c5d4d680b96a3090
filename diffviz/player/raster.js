// Heat maps and image tiles: shades into a small canvas, one pixel a cell, then drawn large.

function shadesOf(layer, data, size, { i, j, f }) {
  const shades = (layer.shades ??= new Float32Array(size));
  for (let k = 0, a = i * size, b = j * size; k < size; k++, a++, b++) shades[k] = data[a] + (data[b] - data[a]) * f;
  return shades;
}

function sheetOf(layer, width, height) {
  if (!layer.sheet) {
    layer.sheet = document.createElement("canvas");
    layer.sheet.width = width;
    layer.sheet.height = height;
    layer.image = new ImageData(width, height);
  }
  return layer.sheet;
}

// Skip the work when neither the moment nor the colours have changed.
function isDrawn(layer, { i, j, f }, ramp) {
  const same = layer.drawn && layer.drawn.i === i && layer.drawn.j === j && layer.drawn.f === f && layer.drawn.ramp === ramp;
  layer.drawn = { i, j, f, ramp };
  return same;
}

function drawHeat(ctx, layer, view, moment, theme) {
  const now = within(layer, moment);
  const [rows, columns] = layer.size;
  const sheet = sheetOf(layer, columns, rows);
  const ramp = theme.ramp(layer.palette, layer.color);
  if (!isDrawn(layer, now, ramp)) {
    const shades = shadesOf(layer, layer.values, rows * columns, now);
    const { data } = layer.image;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const from = 4 * Math.round(shades[r * columns + c]);
        const to = 4 * ((rows - 1 - r) * columns + c); // row 0 is the lowest
        for (let k = 0; k < 4; k++) data[to + k] = ramp[from + k];
      }
    }
    sheet.getContext("2d").putImageData(layer.image, 0, 0);
  }
  const [x0, x1, y0, y1] = layer.extent;
  const left = view.ox + (x0 - view.cx) * view.scale;
  const top = view.oy - (y1 - view.cy) * view.scale;
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(sheet, left, top, (x1 - x0) * view.scale, (y1 - y0) * view.scale);
}

function drawTiles(ctx, layer, view, moment, theme) {
  const now = within(layer, moment);
  const [count, rows, columns] = layer.size;
  const across = Math.min(layer.columns, count);
  const down = Math.ceil(count / across);
  const sheet = sheetOf(layer, across * columns, down * rows);
  const ink = theme.ramp("error", "text");
  if (!isDrawn(layer, now, ink)) {
    const shades = shadesOf(layer, layer.images, count * rows * columns, now);
    const { data } = layer.image;
    for (let k = 0; k < shades.length; k++) {
      const tile = Math.floor(k / (rows * columns));
      const y = Math.floor(tile / across) * rows + Math.floor((k % (rows * columns)) / columns);
      const to = 4 * (y * across * columns + (tile % across) * columns + (k % columns));
      data.set(ink.subarray(0, 3), to);
      data[to + 3] = shades[k]; // paper shows through where there is no ink
    }
    sheet.getContext("2d").putImageData(layer.image, 0, 0);
  }
  const pitch = Math.min(view.width / across, view.height / down);
  const gap = Math.max(1, Math.round(pitch * 0.05));
  const scale = Math.min((pitch - gap) / columns, (pitch - gap) / rows);
  const [left, top] = [(view.width - pitch * across) / 2, (view.height - pitch * down) / 2];
  ctx.imageSmoothingEnabled = scale * view.ratio < 2; // large pixels stay crisp squares
  for (let k = 0; k < count; k++) {
    const [c, r] = [k % across, Math.floor(k / across)];
    const [x, y] = [left + c * pitch + gap / 2, top + r * pitch + gap / 2];
    ctx.fillStyle = theme.color("line");
    ctx.globalAlpha = 0.35;
    ctx.fillRect(x, y, columns * scale, rows * scale);
    ctx.globalAlpha = 1;
    ctx.drawImage(sheet, c * columns, r * rows, columns, rows, x, y, columns * scale, rows * scale);
  }
}
