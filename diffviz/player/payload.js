// Bytes to scene: the inverse of payload.py. source.py joins these files and those of layers/ into one module.

const VIEWS = { i16: Int16Array, u8: Uint8Array, f32: Float32Array };
const NOWHERE = -32768;

// A part of the header, with every {"block": n} in it replaced by the array that it refers to.
function resolve(part, blocks) {
  if (part === null || typeof part !== "object") return part;
  if ("block" in part) return blocks[part.block];
  for (const key of Object.keys(part)) part[key] = resolve(part[key], blocks);
  return part;
}

function decode(bytes) {
  const buffer = bytes.slice().buffer; // the bytes may lie at any offset, typed views need an aligned one
  const length = new DataView(buffer).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const blocks = scene.blocks.map((b) => new VIEWS[b.type](buffer, 4 + length + b.at, b.length));
  for (const pane of resolve(scene.panes, blocks)) {
    pane.guide = pane.layers.find((layer) => layer.follow) ?? null;
    pane.handle = pane.layers.find((layer) => layer.kind === "handle") ?? null;
    for (const layer of pane.layers) {
      layer.handle = pane.handle;
      layer.part = pane.fixed ? null : (layer.part ?? layer.kind);
    }
  }
  scene.moving = scene.panes.some((pane) => pane.frames > 1);
  const stops = scene.panes.flatMap((pane) => (pane.frames > 1 ? pane.clock : []));
  scene.stops = [...new Set([0, 1, ...stops])].sort((a, b) => a - b);
  scene.stops = scene.stops.filter((s, i, all) => i === 0 || s - all[i - 1] > 1e-4);
  return scene;
}

// Where the clock stands between a pane's frames: from frame i to frame j, a share f of the way.
function between(pane, position) {
  const { clock } = pane;
  const last = clock.length - 1;
  const { smooth } = pane;
  if (last < 1 || position <= clock[0]) return { i: 0, j: 0, f: 0, smooth };
  if (position >= clock[last] - 1e-6) return { i: last, j: last, f: 0, smooth };
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (clock[middle] <= position + 1e-6) low = middle;
    else high = middle;
  }
  const share = Math.max(0, (position - clock[low]) / (clock[high] - clock[low]));
  return { i: low, j: smooth ? high : low, f: smooth ? share : 0, smooth };
}

// The same for one layer: a layer of one frame stands still.
function within(layer, moment) {
  return layer.frames > 1 ? moment : { i: 0, j: 0, f: 0 };
}
