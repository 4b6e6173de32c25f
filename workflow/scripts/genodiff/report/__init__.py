"""The report: one HTML file. `content` gathers what it says, `report.html.jinja` lays it out. To add a
section: a module that computes it, its place in `content.py` and in the template."""
