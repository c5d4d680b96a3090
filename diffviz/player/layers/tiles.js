// Tiles: small pictures in a grid, their shades as ink on paper.

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
  ctx.font = `${Math.min(11, 0.16 * pitch)}px ${theme.font}`;
  [ctx.textAlign, ctx.textBaseline] = ["left", "top"];
  for (let k = 0; k < count; k++) {
    const [c, r] = [k % across, Math.floor(k / across)];
    const [x, y] = [left + c * pitch + gap / 2, top + r * pitch + gap / 2];
    ctx.fillStyle = theme.color("line");
    ctx.globalAlpha = 0.35;
    ctx.fillRect(x, y, columns * scale, rows * scale);
    ctx.globalAlpha = 1;
    ctx.drawImage(sheet, c * columns, r * rows, columns, rows, x, y, columns * scale, rows * scale);
    if (!layer.labels[k]) continue;
    [ctx.strokeStyle, ctx.fillStyle, ctx.lineWidth] = [theme.color("paper"), theme.color("text"), 3];
    ctx.strokeText(layer.labels[k], x + 3, y + 3); // so that it can be read on noise
    ctx.fillText(layer.labels[k], x + 3, y + 3);
  }
}

function tilesInWords({ size, labels }) {
  const named = labels.filter(Boolean);
  return counted(size[0], "image") + (named.length ? ` with the labels ${named.join(", ")}` : "");
}

registerLayer("tiles", { draw: drawTiles, words: tilesInWords });
