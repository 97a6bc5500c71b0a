"""Multiple-choice exams: a bank of templates, the questions drawn from them, and the lint of the bank."""
