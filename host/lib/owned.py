"""What root does in folders that a service's user may change: by opened folders instead of names, and never through a link of that user's."""

import os
import stat

MAX_BYTES = 1 << 20
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def read_owned(path):
    """The text of a small file: no link, no pipe, no device. Its folder must be one whose own place no service's user can change."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        return file.read(MAX_BYTES)


def only_root_changes(descriptor):
    status = os.fstat(descriptor)
    return status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def open_folder(path, make=False):
    """A descriptor of a folder; with `make`, what is missing on the way is made. Links are followed only where root alone could put them."""
    descriptor = os.open("/", FOLDER)
    for name in os.path.abspath(path).split("/")[1:]:
        if not name:
            continue
        follow = 0 if only_root_changes(descriptor) else os.O_NOFOLLOW
        try:
            child = os.open(name, FOLDER | follow, dir_fd=descriptor)
        except FileNotFoundError:
            if not make:
                raise
            os.mkdir(name, 0o755, dir_fd=descriptor)
            child = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
        except NotADirectoryError:
            raise OSError(
                f"{path} leads through {name}, which is a link or no folder; look at who put it there"
            ) from None
        os.close(descriptor)
        descriptor = child
    return descriptor
