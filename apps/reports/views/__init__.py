"""The reports: questions across apps, each with its numbers and its file."""
