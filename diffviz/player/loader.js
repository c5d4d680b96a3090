// The Share menu comes to a page of the lab once a person asks for it, as the very script that an exported page has.

export default function mount({ data }) {
  globalThis.diffvizPage = data;
  globalThis.diffvizShare ??= async (player) => {
    const address = URL.createObjectURL(new Blob([data.js], { type: "text/javascript" }));
    await import(address); // which puts the menu itself in this place
    URL.revokeObjectURL(address);
    globalThis.diffvizShare(player);
  };
}
