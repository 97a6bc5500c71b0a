"""An automated assessment and grading system for deep-learning courses."""

__version__ = "0.1.0"
