"""The rows of The notes: a Markdown file a chapter in content/en/notes, a row a heading.

A file starts with `# Title` and a lead. Each row stands under a heading with marks that no page shows, and consists of
blocks between blank lines:

    ## The forward step {items 1} {claim forward-step}

    Statement in our words, one to three sentences.

    **Printed** $x_t=\\ldots$            left out where the notes are right; a formula and, if need be, a few words

    **Right** $x_t=\\ldots$              the form to use; left out where the row is about wording only

    **Why** One line, or a list right under it:
    - at most six items, each a short line

    **Verdict** wrong: one sentence.     wrong, imprecise or right; `wanting` where the note breaks off

    **Play** [Forward SDE](forward), [Sampler race, Order](race?view=order&order.solvers=ddim): a short clause.

`{items …}` numbers the lines of the mathematical specification that the row answers for; a row that only derives has
none. `{claim …}` is the slug of its entry in `CLAIMS`; a row about wording only has none. A formula that has a line to
itself between two `$$` is set as a block.
"""
