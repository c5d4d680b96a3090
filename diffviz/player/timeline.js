// The timeline under a pointer: the clock rests while it is held, and goes on from where it is let go.

function dragTimeline(player) {
  const { clock } = player;
  const { timeline } = player.ui;
  let resume = false;
  const scrub = (event) => {
    const box = timeline.getBoundingClientRect();
    clock.seek((event.clientX - box.left) / box.width);
    player.paint();
  };
  timeline.onpointerdown = (event) => {
    if (event.button) return;
    timeline.setPointerCapture(event.pointerId);
    resume = clock.playing;
    clock.playing = false;
    scrub(event);
  };
  timeline.onpointermove = (event) => timeline.hasPointerCapture(event.pointerId) && scrub(event);
  timeline.onpointerup = timeline.onpointercancel = () => {
    clock.playing = resume && clock.position < 1;
    resume = false;
    player.act(() => {});
  };
}
