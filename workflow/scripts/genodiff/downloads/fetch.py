"""The jobs: a list of checksums, and a file that is verified against it."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from genodiff.downloads.checksums import LIST_NAME, file_md5, read_checksums
from genodiff.downloads.onekg import RELEASE_CHECKSUMS, in_place, is_url
from genodiff.downloads.transfer import download
from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Beside the links to them: what was fetched, and what is not finished.
FOLDER = "downloads"
_LIST_ADVICE = (
    f"A list of checksums is made where the files are with: md5sum * > {LIST_NAME}; cohort.checksums "
    f"names one that lies elsewhere, and {RELEASE_CHECKSUMS} is the publisher's"
)


def write_checksums(
    lists: Iterable[str], files: dict[str, list[str]], known: dict[str, str], output: str | os.PathLike
) -> None:  # fmt: skip
    """Read lists of checksums, fetching those that are URLs, and write one that says for all files where
    an MD5 is known, in the format of `md5sum`.

    `files`: those that are "needed", and those that are "possible" too. `known` are MD5s that come with
    the workflow, for files that no list has; where a list has another for a needed file, a warning is
    logged. Raises InputError for a needed file without an MD5.
    """
    found: dict[str, str] = {}
    lists, folder = list(lists), Path(output).parent / FOLDER
    for place in lists:
        listed = _read_list(place, folder)
        for name in known.keys() & listed.keys() & set(files["needed"]):
            if listed[name] != known[name]:
                logger.warning(
                    "%s: %s has MD5 %s, where this version of the workflow knows %s: it is of another "
                    "release or was changed; results may differ", name, place, listed[name], known[name],
                )  # fmt: skip
        found |= listed
    found = known | found
    lacking = [name for name in files["needed"] if name not in found]
    if lacking:
        others = f" and of {len(lacking) - 1} other needed files" if lacking[1:] else ""
        raise InputError(f"{', '.join(lists)}: no MD5 of {lacking[0]}{others}. {_LIST_ADVICE}")
    with whole_file(output) as temporary:
        lines = [f"{found[name]}  {name}\n" for name in sorted(files["possible"]) if name in found]
        Path(temporary).write_text("".join(lines), encoding="utf-8")
    logger.info("MD5s of %d files", len(lines))


def _read_list(place: str, folder: Path) -> dict[str, str]:
    """File names and MD5s of a list. A list that is fetched is verified by nothing but the encryption of
    the connection, and removed when it is read."""
    if not is_url(place):
        if not Path(place).is_file():
            raise InputError(f"{place}: no such list of checksums. {_LIST_ADVICE}")
        return read_checksums(place)
    # Not the name of a file that is fetched, whatever the list is called.
    fetched = folder / f"list.{urlsplit(place).path.rpartition('/')[2]}"
    try:
        download(place, fetched, None, "")
        return read_checksums(fetched, place)
    except InputError as error:
        raise InputError(f"{error}. {_LIST_ADVICE}") from error
    finally:
        fetched.unlink(missing_ok=True)


def fetch_file(place: str, checksums: str | os.PathLike, output: str | os.PathLike) -> None:
    """Put a link at `output` to the file of its name from `place`, a folder or the URL of one, verified
    against the list `checksums`.

    The file of a folder stays there. What comes from a server lies in `downloads` beside the output,
    and is not fetched again where it is there with the right bytes. Raises InputError where there is no
    such file, or its bytes are wrong.
    """
    output = Path(output)
    source = in_place(place, output.name)
    md5 = read_checksums(checksums).get(output.name)
    if md5 is None:
        raise InputError(f"{checksums}: no MD5 of {output.name}")
    if is_url(place):
        file = output.parent / FOLDER / output.name
        if file.is_file() and file_md5(file) == md5:
            logger.info("%s: there from an earlier run, MD5 %s", file, md5)
        else:
            download(source, file, md5, str(checksums))
        target = os.path.relpath(file, output.parent)
    else:
        _verify(source, md5, checksums)
        target = os.path.abspath(source)
    with whole_file(output) as temporary:
        os.symlink(target, temporary)


def _verify(path: str, md5: str, checksums: str | os.PathLike) -> None:
    if not os.path.isfile(path):
        raise InputError(
            f"{path}: no such file. The files of a mirror are all in one folder and have their "
            "publisher's names; cohort.mirror, cohort.annotation_mirror"
        )
    found, size = file_md5(path), os.path.getsize(path)
    if found != md5:
        raise InputError(
            f"{path}: wrong bytes: {size} of them with MD5 {found}, where {checksums} has {md5}. Get "
            "the file anew, or, where it is right and the list is not, name another: cohort.checksums"
        )
    logger.info("%s: %d bytes, MD5 %s", path, size, md5)
