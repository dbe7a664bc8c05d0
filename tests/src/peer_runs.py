"""Runs a Python program many times in one interpreter: its modules, and the OS database, are read once.

Each line of standard input is a command line, its words separated by a unit separator (0x1f); the first two words are
files for what it prints on standard output and on standard error. The answer is a line with its exit code.
"""

import os
import signal
import sys

PROGRAM = sys.argv[1]
LIMIT = 180  # seconds until a run counts as hung

with open(PROGRAM) as source:
    CODE = compile(source.read(), PROGRAM, "exec")


def run(words):
    sys.argv = [PROGRAM, *words]
    exec(CODE, {"__name__": "__main__"})


def run_apart(out, err, words):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(LIMIT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    run(words)
    sys.exit(0)


def load():
    """Has the program import all its modules, which it does before it looks at what it is asked."""
    answers = os.dup(1)
    os.dup2(2, 1)
    try:
        run(["--version"])
    except SystemExit:
        pass
    sys.stdout.flush()
    os.dup2(answers, 1)
    import virtinst

    virtinst.OSDB.list_os()


load()
for line in sys.stdin:
    out, err, *words = line.rstrip("\n").split("\x1f")
    print(run_apart(out, err, words), flush=True)
