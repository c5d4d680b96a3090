// The whole player on one canvas, laid out anew for a width: titles, notes, pictures, followed particles, the clock.

const EDGE = 16; // pixels around it
const [BESIDE, BETWEEN] = [18, 16]; // pixels between pictures and between rows
const [TITLE_LINE, NOTE_LINE] = [20, 18];
const FOOT_LINE = 34;
const [NARROWEST, NARROWEST_CHART, CHART_HEIGHT] = [160, 240, 240];

// Text in lines that fit into a width.
function linesOf(ctx, text, width) {
  const lines = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && ctx.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

class Picture {
  // The scene is decoded again, so that what its layers remember of the page's canvas does not get in the way.
  constructor({ bytes, scene, theme, followed, parts, places, panes }, width, ratio) {
    Object.assign(this, { theme, followed, parts, places, ratio });
    this.scene = decode(bytes);
    this.scene.panes.forEach((pane, k) => pane.handle && (pane.handle.held = scene.panes[k].handle.held));
    this.grounds = panes.map(({ frame }) => getComputedStyle(frame).backgroundColor);
    this.canvas = document.createElement("canvas");
    this.ctx = this.canvas.getContext("2d", { willReadFrequently: true });
    this.width = width;
    this.height = this.layOut();
    [this.canvas.width, this.canvas.height] = [this.width, this.height].map((size) => Math.round(size * ratio));
  }

  get fonts() {
    return { title: `600 14px ${this.theme.font}`, note: `13px ${this.theme.font}`, small: `600 12px ${this.theme.font}` };
  }

  // As many columns as the page has, or as have room. Answers the height of it all.
  layOut() {
    const { scene, ctx, fonts, width } = this;
    const least = Math.max(...scene.panes.map((pane) => (pane.filled ? NARROWEST_CHART : NARROWEST * Math.max(1, pane.aspect))));
    const inner = width - 2 * EDGE;
    const room = Math.max(1, Math.floor((inner + BESIDE) / (least + BESIDE)));
    const columns = Math.min(scene.columns, scene.panes.length, room);
    const wide = (inner - BESIDE * (columns - 1)) / columns;
    const linesIn = (font, text) => {
      ctx.font = font;
      return linesOf(ctx, text, wide);
    };
    this.boxes = [];
    let top = EDGE;
    for (let first = 0; first < scene.panes.length; first += columns) {
      const row = scene.panes.slice(first, first + columns).map((pane) => {
        const notes = (pane.notes ?? [pane.note]).map((note) => linesIn(fonts.note, unbroken(note)));
        const high = Math.max(wide / pane.aspect, pane.filled ? Math.min(CHART_HEIGHT, wide) : 0);
        return { pane, title: linesIn(fonts.title, pane.title), notes, wide, high: Math.round(high) };
      });
      const titles = TITLE_LINE * Math.max(...row.map(({ title }) => title.length));
      const notes = NOTE_LINE * Math.max(...row.flatMap((box) => box.notes.map((lines) => lines.length)));
      row.forEach((box, k) => {
        const left = Math.round(EDGE + k * (wide + BESIDE));
        const canvas = document.createElement("canvas");
        this.boxes.push({ ...box, wide: Math.round(wide), left, top, under: top + titles, at: top + titles + notes + 6, canvas });
      });
      top += titles + notes + 6 + Math.max(...row.map(({ high }) => high)) + BETWEEN;
    }
    return Math.round(top - BETWEEN + EDGE + (scene.moving ? FOOT_LINE - EDGE / 2 : 0));
  }

  paint(position) {
    const { ctx, theme, ratio, width, height } = this;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = theme.color("paper");
    ctx.fillRect(0, 0, width, height);
    this.boxes.forEach((box, k) => this.paintBox(box, this.grounds[k], between(box.pane, position)));
    if (this.scene.moving) this.paintClock(position);
  }

  paintBox({ pane, title, notes, wide, high, left, top, under, at, canvas }, ground, moment) {
    const { ctx, theme, ratio, fonts } = this;
    const write = (lines, font, color, y, pitch) => {
      [ctx.font, ctx.fillStyle, ctx.textAlign, ctx.textBaseline] = [font, theme.color(color), "left", "middle"];
      lines.forEach((line, n) => ctx.fillText(line, left, y + (n + 0.5) * pitch));
    };
    write(title, fonts.title, "text", top, TITLE_LINE);
    write(notes[notes.length > 1 ? moment.i : 0], fonts.note, "muted", under, NOTE_LINE);
    const view = viewOf(pane, wide, high, ratio);
    paintPane(canvas, pane, view, moment, theme, this.followed, (layer) => this.parts.shows(layer));
    ctx.save();
    if (!pane.filled) {
      ctx.beginPath();
      ctx.roundRect(left + 0.5, at + 0.5, wide - 1, high - 1, 6);
      ctx.fillStyle = ground;
      ctx.fill();
      [ctx.strokeStyle, ctx.lineWidth] = [theme.color("line"), 1];
      ctx.stroke();
      ctx.clip();
    }
    ctx.drawImage(canvas, left, at, wide, high);
    if (pane.handle) {
      const [x, y] = pixelOf(view, handleAt(pane.handle, moment));
      [ctx.strokeStyle, ctx.lineWidth] = [theme.mark(0), 3];
      ctx.beginPath();
      ctx.arc(left + x, at + y, 9.5, 0, 7);
      ctx.stroke();
    }
    let x = left + 8;
    [ctx.font, ctx.strokeStyle, ctx.lineWidth, ctx.lineJoin] = [fonts.small, theme.color("paper"), 3, "round"];
    for (const { id, given, slot } of this.followed) {
      const place = given ? "" : whereabouts(pane, id, moment);
      if (!place) continue;
      ctx.fillStyle = theme.mark(slot);
      ctx.strokeText(place, x, at + high - 14);
      ctx.fillText(place, x, at + high - 14);
      x += ctx.measureText(place).width + 12;
    }
    ctx.restore();
  }

  // A bar that fills, and the clock's number.
  paintClock(position) {
    const { ctx, theme, fonts, width, height, scene, places } = this;
    const y = height - EDGE - 7;
    const { values, label } = scene.clock;
    const said = (value) => `${label} = ${figure(value, places)}`;
    [ctx.font, ctx.fillStyle, ctx.textAlign, ctx.textBaseline] = [fonts.note, theme.color("text"), "right", "middle"];
    const widest = values ? Math.max(...[Math.min(...values), Math.max(...values)].map((v) => ctx.measureText(said(v)).width)) : 0;
    if (values) ctx.fillText(said(reading(scene.clock, position)), width - EDGE, y);
    const long = width - 2 * EDGE - (values ? widest + 16 : 0);
    for (const [color, share] of [["line", 1], ["action", position]]) {
      ctx.fillStyle = theme.color(color);
      ctx.beginPath();
      ctx.roundRect(EDGE, y - 2, long * share, 4, 2);
      ctx.fill();
    }
  }
}
