# SPDX-License-Identifier: Apache-2.0
heap_sources =
heap_reader_sources =
