"""Entry point of the media worker; the engine starts it."""

import argparse
import faulthandler
import logging
import signal
import sys
from pathlib import Path

from engine.errors import TelephonyError
from telephony.worker.process import WorkerProcess


def main() -> int:
    """Run until the engine says stop, or is gone."""
    parser = argparse.ArgumentParser(prog="telephony.worker", description=__doc__)
    parser.add_argument("--control", type=Path, required=True, help="path of the engine's control socket")
    parser.add_argument("--wake-fd", type=int, required=True, help="eventfd that gets 1 at every tick")
    arguments = parser.parse_args()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s media worker %(process)d: %(message)s")
    # The terminal's Ctrl-C and its end reach the whole process group; the engine decides when its worker ends.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        WorkerProcess(arguments.control, arguments.wake_fd).run()
    except TelephonyError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
