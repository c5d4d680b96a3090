// Heat maps: shades of a field, coloured by a ramp.

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
  const left = view.ox + (x0 - view.cx) * view.across;
  const top = view.oy - (y1 - view.cy) * view.up;
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(sheet, left, top, (x1 - x0) * view.across, (y1 - y0) * view.up);
}

const heatInWords = ({ palette }) => (palette === "error" ? "a heat map of errors" : "a heat map");

registerLayer("heat", { draw: drawHeat, words: heatInWords });
