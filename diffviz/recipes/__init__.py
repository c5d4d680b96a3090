"""What the views of the lab show, as plain functions: `source_code.script` makes a script of each, to be taken along.

A recipe reads from top to bottom like a script: an experiment, the numbers that stand on the page, the picture as a
file. What it names is imported, so that a type checker and the tests see the very lines that a student reads.
"""
