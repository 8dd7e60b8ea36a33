"""Runs the Pulumi program without an engine, and proves, prices and draws what it declares.

``python -m plan dev`` needs no credentials, no CLI and no network. The program is recorded
(:mod:`plan.recording`), every proof (:mod:`plan.proofs`) reads the recording, and so do the
cost table, the picture and the printed plan.
"""
