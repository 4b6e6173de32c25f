"""Pages from Jinja templates."""

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def template(package: str, name: str) -> Template:
    """A template of a package; everything in a page is escaped, and a variable that is missing is an
    error."""
    environment = Environment(
        loader=PackageLoader(package, "."),
        autoescape=name.endswith(".html.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
