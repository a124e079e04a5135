"""A cable between two hosts that loses and delays frames, in both directions; not every kernel has netem.

usage: cable.py DEVICE DEVICE LOSS DELAY     two taps, which this makes; a probability; seconds
Prints "ready"; says what was lost when it is ended (SIGTERM).
"""

import fcntl
import heapq
import os
import random
import select
import signal
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 65536


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def main():
    one, other = tap(sys.argv[1]), tap(sys.argv[2])
    loss, delay = float(sys.argv[3]), float(sys.argv[4])
    chance, waiting, carried, lost, ends = random.Random(1), [], 0, 0, []
    signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
    print("ready", flush=True)
    while not ends:
        pause = waiting[0][0] - time.monotonic() if waiting else 1
        ready, _, _ = select.select([one, other], [], [], max(pause, 0))
        for source in ready:
            try:
                frame = os.read(source, LONGEST_FRAME)
            except OSError:  # the host is not up
                continue
            carried += 1
            if chance.random() < loss:
                lost += 1
            else:
                target = other if source == one else one
                heapq.heappush(waiting, (time.monotonic() + delay, carried, target, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, target, frame = heapq.heappop(waiting)
            try:
                os.write(target, frame)
            except OSError:  # as above
                pass
    print(f"lost {lost} of {carried}", flush=True)


main()
