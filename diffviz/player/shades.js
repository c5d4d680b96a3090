// Shades, as heat maps and tiles have them: painted into a small canvas, one pixel a cell, which is then drawn large.

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
