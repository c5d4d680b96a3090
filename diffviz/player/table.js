// The numbers of a scene as CSV: of every pane the layers that say what numbers they show (registry.js).

const LINE = "\r\n"; // as RFC 4180 has it

const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
const csvLine = (values) => values.map((value) => cell(Number.isFinite(value) ? Number(value.toPrecision(7)) : (value ?? ""))).join(",");

// Layers with numbers; particles that two layers draw, as points and as trails, are told once.
function told(pane) {
  const seen = new Set();
  return pane.layers.filter((layer) => {
    const fresh = LAYERS.get(layer.kind).rows && !seen.has(layer.xy);
    if (layer.xy) seen.add(layer.xy);
    return fresh;
  });
}

const hasNumbers = (scene) => scene.panes.some((pane) => told(pane).length);

const headOf = (scene) => csvLine(["pane", "layer", "series", "frame", (scene.clock.values && scene.clock.label) || "clock", "index", "x", "y", "low", "high"]);

function* linesAt(scene, k, layer, moment, position) {
  const pane = scene.panes[k];
  const { i, f } = within(layer, moment);
  const time = scene.clock.values ? reading(scene.clock, position) : position;
  for (const row of LAYERS.get(layer.kind).rows(layer, pane, within(layer, moment))) yield csvLine([pane.title || k + 1, layer.kind, row[0], i + f, time, ...row.slice(1)]);
}

// What the picture shows at a position of the clock.
function* momentCsv(scene, position) {
  yield headOf(scene);
  for (const [k, pane] of scene.panes.entries()) {
    for (const layer of told(pane)) yield* linesAt(scene, k, layer, between(pane, position), position);
  }
}

// All frames; what stands still once.
function* sceneCsv(scene) {
  yield headOf(scene);
  for (const [k, pane] of scene.panes.entries()) {
    for (const layer of told(pane)) {
      const frames = LAYERS.get(layer.kind).still ? 1 : layer.frames;
      for (let n = 0; n < frames; n++) yield* linesAt(scene, k, layer, { i: n, j: n, f: 0 }, pane.clock[n]);
    }
  }
}
