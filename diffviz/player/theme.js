// Colours, read from the style sheet, so that the picture follows the page's theme while it runs.

const MARKS = 4;
const GROUPS = 8;
const numbered = (name, count) => Array.from({ length: count }, (_, k) => `${name}-${k + 1}`);
const ROLES = ["data", "noise", "model", "exact", "warning", "text", "muted", "line", "paper", "action", ...numbered("mark", MARKS), ...numbered("group", GROUPS)];

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function rgb(color) {
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = "#888";
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}

class Theme {
  constructor(root) {
    this.root = root;
    this.read();
  }

  read() {
    const style = getComputedStyle(this.root);
    const get = (name) => style.getPropertyValue(name).trim();
    const given = get("--st-background-color");
    const light = given ? rgb(given).slice(0, 3).reduce((a, b) => a + b) > 384 : !matchMedia("(prefers-color-scheme: dark)").matches;
    this.root.dataset.theme = light ? "light" : "dark";
    this.glows = !light && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.roles = {};
    for (const name of ROLES) {
      this.roles[name] = get(`--${name}`);
    }
    this.font = style.fontFamily;
    this.type = Number(get("--type")) || 1; // how much larger than usual a page has its type
    this.inks = new Map();
    this.ramps = new Map();
  }

  color(name) {
    return this.roles[name] ?? name;
  }

  group(k) {
    return this.roles[`group-${(k % GROUPS) + 1}`];
  }

  mark(k) {
    return this.roles[`mark-${(k % MARKS) + 1}`];
  }

  // A colour as [red, green, blue].
  ink(color) {
    if (!this.inks.has(color)) this.inks.set(color, rgb(color));
    return this.inks.get(color);
  }

  // 256 shades of a heat map as RGBA.
  ramp(palette, name) {
    const key = `${palette} ${name}`;
    if (!this.ramps.has(key)) {
      const ramp = new Uint8ClampedArray(1024);
      const high = rgb(this.color(name ?? (palette === "error" ? "warning" : "data")));
      for (let k = 0; k < 256; k++) {
        const share = k / 255;
        // The root lifts faint shades, which the eye would lose otherwise.
        ramp.set([high[0], high[1], high[2], 255 * (palette === "error" ? 0.9 : 0.62) * Math.pow(share, 0.7)], 4 * k);
      }
      this.ramps.set(key, ramp);
    }
    return this.ramps.get(key);
  }
}
