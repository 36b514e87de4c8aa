#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One address, one answer: of a live process, of its core file, and in gdb.
. "$(dirname "$0")/lib.sh"
start_subject "$allotype" run "$subject"
finish
