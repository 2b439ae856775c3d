"""The named variants, each the few lines that its model is.

The general op they are made of is `plait.recur`; shapes and options that they share
are described by `plait.Variant`.
"""
# SPDX-License-Identifier: Apache-2.0
