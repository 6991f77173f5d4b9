"""Encrypts two payloads as our codec does, with PyPI `cryptography`: prints golden.json.

pip install cryptography && python golden.py > golden.json
"""

import base64
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def field(number, data):
    """A length-delimited field of Protocol Buffers; short enough for one byte of length."""
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def payload(encoding, data):
    """temporal.api.common.v1.Payload { map<string, bytes> metadata = 1; bytes data = 2; }"""
    return field(1, field(1, b"encoding") + field(2, encoding)) + field(2, data)


def text(data):
    return base64.b64encode(data).decode()


key, key_id, nonce = bytes(range(32)), b"2026-11", bytes(range(100, 112))
plain = payload(b"json/plain", '"Почему тесты важны"'.encode())
metadata = {"encoding": text(b"binary/encrypted"), "encryption-key-id": text(key_id)}
bound = AESGCM(key).encrypt(nonce, plain, b"binary/encrypted\0" + key_id)
sample = AESGCM(key).encrypt(nonce, plain, None)
golden = {
    "keys": key_id.decode() + "=" + text(key),
    "ours": {
        "metadata": {**metadata, "encryption-aad": text(b"key-id")},
        "data": text(nonce + bound),
    },
    "sample": {"metadata": metadata, "data": text(nonce + sample)},
}
print(json.dumps(golden, indent=2))
