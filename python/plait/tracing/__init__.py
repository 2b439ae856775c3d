"""Tracing: a Python function over arrays becomes IR of the plait dialect.

`value` holds what a variant's arguments are while it is traced, `functions` the
row functions, `region` prints the body of a row map, `operations` the ops on
tensors, and `trace` gathers them into one function of the IR.
"""
# SPDX-License-Identifier: Apache-2.0
