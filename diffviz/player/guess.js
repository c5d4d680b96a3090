// What is not to be seen before the clock has arrived: the outcome in a pane's note, and the answer to a scene's question.
// Until then the question is open, and a button in each pane takes the guess.

const guesses = { made: 0, right: 0 }; // since the page was loaded

// A pane's note at a position of the clock.
function noteOf(pane, moment, position) {
  const note = pane.notes ? pane.notes[moment.i] : pane.note;
  return unbroken(position < 1 ? note : withOutcome(pane, note));
}

const withOutcome = (pane, note) => [note, pane.outcome].filter(Boolean).join(" \u00b7 ");

class Guess {
  constructor(player) {
    this.player = player;
    this.line = element("div", { class: "question", role: "status", "aria-live": "polite", hidden: "" });
  }

  // The question of a scene; answers whether it is another one than before.
  ask({ question, panes }) {
    const asked = question && JSON.stringify([question, panes.map(({ title, note, outcome }) => [title, note, outcome])]);
    const fresh = asked !== this.asked;
    if (fresh) [this.guessed, this.settled] = [null, false];
    [this.asked, this.question] = [asked, question];
    this.line.hidden = !question;
    return Boolean(question) && fresh;
  }

  button(k) {
    const button = element("button", { type: "button", class: "guess", hidden: "" });
    button.onclick = () => {
      this.guessed = k;
      this.player.act(() => {});
    };
    return button;
  }

  // Say how the question stands, and settle it once the clock has arrived.
  show(panes, position) {
    const { question, guessed } = this;
    if (question && position >= 1 && !this.settled) {
      this.settled = true;
      if (guessed != null) {
        guesses.made += 1;
        guesses.right += question.right.includes(guessed);
      }
    }
    panes.forEach((view, k) => this.mark(view, k));
    if (question) setText(this.line, this.words(panes));
  }

  mark({ guess, frame, title }, k) {
    const { question, guessed, settled } = this;
    const [mine, right] = [guessed === k, Boolean(settled && question?.right.includes(k))];
    guess.hidden = !question || (settled && !mine && !right);
    guess.disabled = settled;
    frame.classList.toggle("guessed", Boolean(question) && mine);
    frame.classList.toggle("right", right);
    const text = mine ? "Your guess" : settled ? "" : "Guess";
    setText(guess, settled ? `${right ? "\u2713" : "\u2717"} ${text}`.trim() : text);
    guess.setAttribute("aria-pressed", String(mine));
    guess.setAttribute("aria-label", settled ? `${title.textContent}: ${right ? "right" : "wrong"}` : `${question?.text} ${title.textContent}`);
  }

  words(panes) {
    const { question, guessed, settled } = this;
    const share = `${guesses.right} of ${guesses.made} guesses right`;
    if (!settled) return guessed == null ? question.text : `Your guess: ${panes[guessed].title.textContent}.`;
    if (guessed == null) return question.answer;
    return `${question.right.includes(guessed) ? "Right." : "Not this time."} ${question.answer} ${share} (${Math.round((100 * guesses.right) / guesses.made)} %).`;
  }
}
