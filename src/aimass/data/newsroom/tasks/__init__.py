"""One module for each task: what a record holds and how it is made."""
