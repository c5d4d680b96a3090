// The address of a page as it stands, where there is no player to say a moment: under a chart.

const links = new WeakMap();

class Link {
  constructor(parent) {
    this.root = element("div", { class: "link takes" });
    parent.append(this.root);
    this.theme = new Theme(this.root);
  }

  show() {
    const status = element("p", { role: "status" });
    const lacks = globalThis.diffvizPage?.lacks ?? [];
    const line = buildLink("Link to this chart", () => shareable().href, lacks, (sentence) => setText(status, sentence));
    this.root.replaceChildren(...line, status);
    this.theme.read();
  }
}

export default function mount({ parentElement }) {
  if (!links.has(parentElement)) links.set(parentElement, new Link(parentElement));
  links.get(parentElement).show();
}
