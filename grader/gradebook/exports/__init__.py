"""Marks in the files that others read: learning platforms, spreadsheets, continuous integration."""
