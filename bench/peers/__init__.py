"""Side by side with otter-grader and nbgrader: the same submissions, the same checks. See docs/peers.md."""
