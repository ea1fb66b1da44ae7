"""The trial as designed: reads the protocol and refuses one that the rest could not follow."""

from tracedtrial.inputs.protocol.reading import read_protocol

__all__ = ["read_protocol"]
