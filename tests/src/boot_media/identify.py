# Prints which system libosinfo takes each medium for that standard input describes: an empty line for none, "crashed"
# where that ended it.
import os
import sys

import gi

gi.require_version("Libosinfo", "1.0")
from gi.repository import Libosinfo as osinfo

loader = osinfo.Loader()
loader.process_default_path()
database = loader.get_db()


def identify(line):
    volume, system, publisher, application, size, arch = line.rstrip("\n").split("\t")
    medium = osinfo.Media.new("medium", arch)
    says = {"volume-id": volume, "system-id": system, "publisher-id": publisher, "application-id": application}
    for name, text in says.items():
        if text:
            medium.set_param(name, text)
    if int(size):
        medium.set_param_int64("volume-size", int(size))
    found = medium.get_os() if database.identify_media(medium) else None
    print(found.get_id() if found else "", flush=True)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        identify(line)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        print("crashed", flush=True)
