// The elements of a player, built once; the pictures are drawn on one canvas a pane.

const ICONS = {
  play: "M8 5.2v13.6a.6.6 0 0 0 .92.5l10.6-6.8a.6.6 0 0 0 0-1L8.92 4.7A.6.6 0 0 0 8 5.2z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  back: "M16.5 6.3v11.4a.5.5 0 0 1-.78.4L7.5 12.4a.5.5 0 0 1 0-.8l8.22-5.7a.5.5 0 0 1 .78.4zM5 6h1.8v12H5z",
  forth: "M7.5 6.3v11.4a.5.5 0 0 0 .78.4l8.22-5.7a.5.5 0 0 0 0-.8L8.28 5.9a.5.5 0 0 0-.78.4zM17.2 6H19v12h-1.8z",
  loop: "M17 2.6 21 6.5l-4 3.9V7.6H7.4A2.4 2.4 0 0 0 5 10v1.6H3V10a4.4 4.4 0 0 1 4.4-4.4H17zM7 21.4 3 17.5l4-3.9v2.8h9.6A2.4 2.4 0 0 0 19 14v-1.6h2V14a4.4 4.4 0 0 1-4.4 4.4H7z",
  share: "M12 2.8 16.9 7.7l-1.4 1.4L13 6.6V15h-2V6.6L8.5 9.1 7.1 7.7zM5 11.5h2V19h10v-7.5h2V21H5z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4];

function icon(name) {
  const svg = document.createElementNS("http:" + "//www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(kind, label, name = kind) {
  return element("button", { type: "button", class: `button ${kind}`, "aria-label": label, title: label }, icon(name));
}

function buildPlayer() {
  const ui = {
    stage: element("div", { class: "stage" }),
    play: button("play", "Play"),
    back: button("back", "One step back"),
    forth: button("forth", "One step forward"),
    timeline: element("div", { class: "timeline", role: "slider", tabindex: "0", "aria-label": "Time", "aria-valuemin": "0", "aria-valuemax": "100" }),
    stops: element("div", { class: "stops" }),
    fill: element("div", { class: "fill" }),
    symbol: element("span"),
    value: element("span"),
    speed: element("select", { class: "speed", "aria-label": "Speed", title: "Speed" }),
    loop: button("loop", "Loop"),
    share: button("share", "Share"),
    still: element("div", { class: "still", hidden: "" }),
    hint: element("div", { class: "hint" }),
    status: element("div", { class: "status", role: "status", "aria-live": "polite" }),
    clear: element("button", { type: "button", class: "clear", hidden: "" }, "Stop following"),
  };
  for (const speed of SPEEDS) ui.speed.append(element("option", { value: speed }, `${speed}\u00d7`));
  ui.speed.value = "1";
  ui.reading = element("div", { class: "reading" }, ui.symbol, ui.value);
  ui.timeline.append(element("div", { class: "track" }, ui.fill), ui.stops, element("div", { class: "thumb" }));
  ui.transport = element("div", { class: "transport" }, ui.play, ui.back, ui.forth, ui.timeline, ui.reading, ui.speed, ui.loop);
  ui.foot = element("div", { class: "foot" }, ui.hint, ui.clear);
  ui.root = element("div", { class: "player", role: "group", tabindex: "-1" }, ui.stage, ui.transport, ui.still, ui.foot, ui.status);
  ui.share.setAttribute("aria-haspopup", "dialog");
  return ui;
}

function buildPane() {
  const view = {
    title: element("span", { class: "title" }),
    note: element("span"),
    canvas: element("canvas", { role: "img" }),
    readout: element("div", { class: "readout" }),
  };
  view.frame = element("div", { class: "frame" }, view.canvas, view.readout);
  view.line = element("span", { class: "note" }, view.note);
  view.figure = element("figure", { class: "pane" }, element("figcaption", {}, view.title, view.line), view.frame);
  return view;
}

// On a phone, which has room for two columns, charts and broad pictures take both, and so does what else would stand alone.
function pairPanes(panes, views) {
  const broad = panes.map((pane) => pane.filled || pane.aspect > 1.2);
  let run = 0;
  views.forEach(({ figure }, k) => {
    run = broad[k] ? 0 : run + 1;
    const ends = broad[k + 1] ?? true;
    figure.classList.toggle("broad", broad[k] || (run === 1 && ends));
    figure.classList.toggle("odd", run > 1 && run % 2 === 1 && ends);
  });
}

// An error stays on the line of what it is the error of.
function unbroken(text) {
  return text.replaceAll(" \u00b1 ", "\u00a0\u00b1\u00a0");
}

function setIcon(node, name, label) {
  if (node.dataset.icon === name) return;
  node.dataset.icon = name;
  node.replaceChildren(icon(name));
  node.setAttribute("aria-label", label);
  node.title = label;
}
