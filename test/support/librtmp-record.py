"""Publishes an FLV file with librtmp, as "record" or "append", and prints each status that the server tells.

librtmp itself publishes as "live" only. It makes the handshake, connect, and the chunks of all messages here.
"""

import sys

import librtmp
from librtmp.amf import decode_amf, encode_amf
from librtmp.packet import PACKET_SIZE_LARGE, PACKET_TYPE_INVOKE, RTMPPacket

URL, NAME, KIND, FILE = sys.argv[1:]

connection = librtmp.RTMP(URL, live=True, timeout=30)
connection.connect().result()


def send(kind, channel, stream, timestamp, body):
    packet = RTMPPacket(kind, PACKET_SIZE_LARGE, channel, timestamp, True, body)
    packet.packet.m_nInfoField2 = stream
    # What librtmp queues it answers by itself: by playing.
    if not connection.send_packet(packet, queue=False):
        raise SystemExit("the connection is gone")


def command(stream, *values):
    send(PACKET_TYPE_INVOKE, 3, stream, 0, b"".join(encode_amf(value) for value in values))


def commands():
    """The commands of the server."""
    while True:
        packet = connection.read_packet()
        if packet.type == PACKET_TYPE_INVOKE:
            yield (list(decode_amf(packet.body)) + [None] * 4)[:4]
        else:
            connection.handle_packet(packet)


def until(last):
    """Prints what is told, up to this code or an error."""
    for name, _, _, info in commands():
        if name == "onStatus":
            print(info["level"], info["code"], flush=True)
            if info["code"] == last or info["level"] == "error":
                return info["code"]


command(0, "createStream", 2, None)
stream = next(int(value) for name, number, _, value in commands() if name == "_result" and number == 2)

command(stream, "publish", 0, None, NAME, KIND)
if until("NetStream.Record.Start") != "NetStream.Record.Start":
    raise SystemExit(1)

flv = open(FILE, "rb").read()
at = 13
while at + 11 <= len(flv):
    kind = flv[at]
    size = int.from_bytes(flv[at + 1 : at + 4], "big")
    timestamp = flv[at + 7] << 24 | int.from_bytes(flv[at + 4 : at + 7], "big")
    body = flv[at + 11 : at + 11 + size]
    if kind == 18:
        body = encode_amf("@setDataFrame") + body
    send(kind, 4, stream, timestamp, body)
    at += 15 + size

command(stream, "closeStream", 0, None)
until("NetStream.Unpublish.Success")
connection.close()
