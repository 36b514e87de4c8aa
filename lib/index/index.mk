# SPDX-License-Identifier: Apache-2.0
index_sources =
index_reader_sources =
