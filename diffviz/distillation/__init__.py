"""Students that learn from a teacher's answers: one file a method."""
