# Each target is one command; what a target needs, it sets up itself in .venv.
