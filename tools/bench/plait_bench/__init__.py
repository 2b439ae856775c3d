"""The benchmark driver: cases are data (tools/bench/*.json), this package measures them."""
# SPDX-License-Identifier: Apache-2.0
