"""What the judge and the runner say to each other beside frames: a few fixed bytes.

On the job socket, in order: HELLO (the kernel adds the sender's process id), GO from the judge, CONFINED,
one frame with the files, one frame with the import report. Then for each check one CHECK order with two
descriptors (channel, output), answered by ENDED when the process of the check is gone. ENDED comes from a
process that has run the student's code: a hint.
"""

from __future__ import annotations

import struct

HELLO = b"H"
GO = b"G"
CONFINED = b"C"
CHECK = struct.Struct("<QIQIQ")  # seed, CPU seconds, bytes of data, processes, bytes of one file
ENDED = struct.Struct("<4si")  # ENDED_MARK, wait status
ENDED_MARK = b"END\n"
FOLDER = "/tmp/handin"  # where the submission's files lie
SETUP_FAILED = 70  # exit status of a process that could not be confined; no student's code has run
