"""The jobs that write a list of checksums and fetch one file, verified against this list."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from genodiff.downloads.checksums import LIST_NAME, file_md5, read_checksums
from genodiff.downloads.onekg import RELEASE_CHECKSUMS, file_at, is_url
from genodiff.downloads.transfer import download
from genodiff.formats.common import whole_file, write_text
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Folder of complete and incomplete downloads, beside the links to them.
FOLDER = "downloads"
_LIST_ADVICE = (
    f"To make a list of checksums, run in the folder of the files: md5sum * > {LIST_NAME}; "
    f"cohort.checksums names a list elsewhere, and {RELEASE_CHECKSUMS} is the publisher's"
)


def write_checksums(
    lists: Iterable[str], files: dict[str, list[str]], known: dict[str, str], output: str | os.PathLike
) -> None:  # fmt: skip
    """Merge lists of checksums (paths or URLs) into one, in the format of `md5sum`.

    `files` are the names of the "needed" and of all "possible" files. `known` are MD5s that come with
    the workflow, for files that no list has; if a list has another MD5 of a needed file, a warning is
    logged. Raises InputError for a needed file without an MD5.
    """
    checksums, lists, folder = dict(known), list(lists), Path(output).parent / FOLDER
    for origin in lists:
        listed = _read_list(origin, folder)
        for name in known.keys() & listed.keys() & set(files["needed"]):
            if listed[name] != known[name]:
                logger.warning(
                    "%s: MD5 %s in %s, but %s in this version of the workflow: another release or a "
                    "changed file; results may differ", name, listed[name], origin, known[name],
                )  # fmt: skip
        checksums |= listed
    lacking = [name for name in files["needed"] if name not in checksums]
    if lacking:
        others = f" and of {len(lacking) - 1} other needed files" if lacking[1:] else ""
        raise InputError(f"{', '.join(lists)}: no MD5 of {lacking[0]}{others}. {_LIST_ADVICE}")
    names = sorted(checksums.keys() & files["possible"])
    write_text(output, "".join(f"{checksums[name]}  {name}\n" for name in names))
    logger.info("MD5s of %d files", len(names))


def _read_list(origin: str, folder: Path) -> dict[str, str]:
    """File names and MD5s of a list. Only the encryption of the connection protects a list that is
    fetched, which is removed after reading."""
    if not is_url(origin):
        if not Path(origin).is_file():
            raise InputError(f"{origin}: no such list of checksums. {_LIST_ADVICE}")
        return read_checksums(origin)
    # The prefix keeps this name apart from those of fetched files.
    fetched = folder / f"list.{urlsplit(origin).path.rpartition('/')[2]}"
    try:
        download(origin, fetched, None, "")
        return read_checksums(fetched, origin)
    except InputError as error:
        raise InputError(f"{error}. {_LIST_ADVICE}") from error
    finally:
        fetched.unlink(missing_ok=True)


def fetch_file(origin: str, checksums: str | os.PathLike, output: str | os.PathLike) -> None:
    """Link `output` to the file of its name in `origin`, a folder or the URL of a folder, after
    verifying it against the list `checksums`.

    The link to a file of a folder leads there. A file from a server is stored in `downloads` beside the
    output and not fetched again if its MD5 is right. Raises InputError for a file that does not exist,
    has no MD5 in the list or has another one.
    """
    output = Path(output)
    source = file_at(origin, output.name)
    md5 = read_checksums(checksums).get(output.name)
    if md5 is None:
        raise InputError(f"{checksums}: no MD5 of {output.name}")
    if is_url(origin):
        file = output.parent / FOLDER / output.name
        if file.is_file() and file_md5(file) == md5:
            logger.info("%s: present from an earlier run, MD5 %s", file, md5)
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
            f"{path}: no such file. The files of a mirror (cohort.mirror, cohort.annotation_mirror) are "
            "all in one folder and have their publisher's names"
        )
    found, size = file_md5(path), os.path.getsize(path)
    if found != md5:
        raise InputError(
            f"{path}: wrong content: {size} bytes with MD5 {found}, but {checksums} has {md5}. Get the "
            "file again or, if the file is right and the list wrong, name another list: cohort.checksums"
        )
    logger.info("%s: %d bytes, MD5 %s", path, size, md5)
