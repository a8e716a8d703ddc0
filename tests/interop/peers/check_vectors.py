"""Checks the bot of docs/bots.md with the test vectors of proofs: check_vectors.py VECTORS"""

import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import bot

with open(sys.argv[1], encoding="utf-8") as file:
    vectors = json.load(file)
key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vectors["privateKey"]))
assert key.public_key().public_bytes_raw().hex() == vectors["publicKey"]
for proof in vectors["proofs"]:
    signed = bot.proof_bytes(
        proof["transport"],
        bytes.fromhex(proof["server"]),
        bytes.fromhex(proof["nonce"]),
        proof["room"],
        proof["name"],
        proof["client"],
        proof["purpose"],
    )
    assert (bot.fold(proof["room"]) or "lobby") == proof["folded"], proof["what"]
    assert signed.hex() == proof["bytes"], proof["what"]
    assert key.sign(signed).hex() == proof["signature"], proof["what"]
print(len(vectors["proofs"]), "proofs")
