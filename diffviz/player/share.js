// The Share menu: what shows here and now as a link, a picture, a page, numbers, code. It opens over its button; until it
// closes, the clock rests. On a page of the lab `globalThis.diffvizPage` says what only the page knows (loader.js);
// without it there is no link, and the page is a file already.

const GIF_WIDTH = 640; // pixels at most: for slides and e-mail
const [GIF_RATE, GIF_FRAMES, GIF_REST] = [12, 120, 110]; // a second; at most; hundredths of a second on the last one
const LOOKS = 6; // frames whose colours make the palette
const SHARPNESS = 2; // pixels of a PNG for one of the page
const WIDEST = 1600; // of the page's pixels

// Let the page breathe between two slices of work, unless the work is no longer wanted.
function breathe(signal) {
  signal.throwIfAborted();
  return new Promise((go) => setTimeout(go));
}

function pngOf(player) {
  const picture = new Picture(player, widthOf(player, WIDEST), SHARPNESS);
  picture.paint(player.clock.position);
  return new Promise((done) => picture.canvas.toBlob(done, "image/png"));
}

const widthOf = (player, most) => Math.round(Math.min(most, Math.max(320, player.root.clientWidth)));

// One run of the clock, at the speed that is chosen as long as that takes few enough frames.
async function gifOf(player, signal, progress) {
  const picture = new Picture(player, widthOf(player, GIF_WIDTH), 1);
  const { width, height } = picture.canvas;
  const seconds = player.scene.seconds / player.clock.speed;
  const frames = Math.min(GIF_FRAMES, Math.max(2, Math.round(GIF_RATE * seconds)));
  const frame = (position) => {
    picture.paint(position);
    return picture.ctx.getImageData(0, 0, width, height);
  };
  const counts = new Map();
  for (let k = 0; k < LOOKS; k++) {
    for (const pixel of new Uint32Array(frame(k / (LOOKS - 1)).data.buffer)) {
      const color = pixel & 0xffffff;
      counts.set(color, (counts.get(color) ?? 0) + 1);
    }
    await breathe(signal);
  }
  const gif = new Gif(width, height, counts);
  for (let k = 0; k < frames; k++) {
    const last = k === frames - 1;
    gif.add(frame(k / (frames - 1)), last ? GIF_REST : Math.round((100 * seconds) / frames));
    progress((k + 1) / frames);
    await breathe(signal);
  }
  return gif.end();
}

async function csvOf(lines, signal) {
  const parts = [];
  for (const line of lines) {
    parts.push(line, LINE);
    if (parts.length % 20_000 === 0) await breathe(signal);
  }
  return new Blob(parts, { type: "text/csv" });
}

const escaped = (text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

// The page that page.py leaves open, with this scene in it.
async function pageOf(player, { page, js, title }) {
  const payload = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob([player.bytes]));
  });
  const filled = { title: escaped(title), payload, js };
  return new Blob([page.replace(/\[\[(\w+)\]\]/g, (_, name) => filled[name])], { type: "text/html" });
}

function download(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const sizeOf = ({ size }) => (size < 1e6 ? `${Math.ceil(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`);

class Menu {
  constructor(player) {
    const page = globalThis.diffvizPage;
    this.player = player;
    this.name = page?.name ?? (document.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "scene");
    const { scene, clock } = player;
    this.resume = clock.playing;
    player.act(() => (clock.playing = false), "");
    this.status = element("p", { role: "status" });
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.cancel = this.button("Cancel", () => this.stop.abort());
    this.working = element("div", { class: "working", hidden: "" }, this.bar, this.cancel);
    const close = element("button", { type: "button", class: "close", "aria-label": "Close" }, "\u00d7");
    close.onclick = () => this.dialog.close();
    const csv = (label, file, lines) => this.button(label, () => this.make(file, (signal) => csvOf(lines(decode(player.bytes)), signal)));
    this.dialog = element(
      "dialog",
      { class: "sharing takes", "aria-label": "Share" },
      element("div", { class: "head" }, element("strong", {}, "Share"), close),
      ...(page ? this.link(page) : []),
      this.row(
        "Picture",
        this.button("PNG", () => this.make("png", () => pngOf(player))),
        ...(scene.moving ? [this.button("GIF", () => this.make("gif", (signal) => gifOf(player, signal, (share) => (this.bar.value = share))))] : []),
      ),
      ...(page ? [this.row("Page that plays offline", this.button("HTML", () => this.make("html", () => pageOf(player, page))))] : []),
      ...(hasNumbers(scene)
        ? [
            this.row(
              "Values as CSV",
              csv(scene.moving ? "This moment" : "CSV", "csv", (copy) => momentCsv(copy, clock.position)),
              ...(scene.moving ? [csv("All frames", "all.csv", sceneCsv)] : []),
            ),
          ]
        : []),
      ...(scene.code ? this.code(scene.code) : []),
      this.working,
      this.status,
    );
    this.dialog.onkeydown = (event) => event.stopPropagation(); // or the clock would step
    this.dialog.onpointerdown = (event) => this.isBeside(event) && this.dialog.close();
    this.dialog.onclose = () => this.end();
    player.root.append(this.dialog);
    this.dialog.showModal();
    this.place();
  }

  button(label, pressed) {
    const node = element("button", { type: "button" }, label);
    node.onclick = pressed;
    return node;
  }

  row(what, ...buttons) {
    return element("div", { class: "row", role: "group", "aria-label": what }, element("span", {}, what), ...buttons);
  }

  link({ lacks }) {
    const what = this.player.scene.moving ? "Link to this moment" : "Link to this picture";
    return buildLink(what, () => linkTo(this.player), lacks, (sentence) => this.say(sentence));
  }

  code(text) {
    const field = element("textarea", { readonly: "", rows: 6, wrap: "off", spellcheck: "false", "aria-label": "Python that makes this scene" });
    field.value = text;
    const file = () => this.make("py", () => new Blob([text], { type: "text/x-python" }));
    return [
      this.row("The code", this.button("Copy", () => copyFrom(field, (sentence) => this.say(sentence), "The code is copied.")), this.button("Download", file)),
      field,
    ];
  }

  // Make a file and hand it to the browser, whole or not at all.
  async make(extension, work) {
    this.stop = new AbortController();
    this.busy(true);
    try {
      const blob = await work(this.stop.signal);
      this.stop.signal.throwIfAborted();
      download(blob, `${this.name}.${extension}`);
      this.say(`${this.name}.${extension} is made, ${sizeOf(blob)}.`);
    } catch (error) {
      this.say(this.stop.signal.aborted ? "Cancelled: nothing was saved." : `It could not be made: ${error.message}`);
    }
    this.busy(false);
  }

  busy(now) {
    for (const node of this.dialog.querySelectorAll(".row button")) node.disabled = now;
    this.working.hidden = !now;
    this.bar.value = 0;
    if (now) this.say("");
    else if (this.dialog.open) this.dialog.focus();
  }

  say(sentence) {
    setText(this.status, sentence);
  }

  // Over the button, as far as the window has room.
  place() {
    const { dialog, player } = this;
    const { right, top } = player.ui.share.getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const inside = (value, most) => Math.max(8, Math.min(value, most - 8));
    dialog.style.left = `${inside(right - width, innerWidth - width)}px`;
    dialog.style.top = `${inside(top - height - 8, innerHeight - height)}px`;
  }

  isBeside({ target, clientX, clientY }) {
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    return target === this.dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  }

  end() {
    const { player } = this;
    this.stop?.abort();
    this.dialog.remove();
    player.act(() => (player.clock.playing = this.resume && player.clock.position < 1), "");
    player.ui.share.focus();
  }
}

globalThis.diffvizShare = (player) => new Menu(player);
