# SPDX-License-Identifier: Apache-2.0
query_sources =
query_reader_sources =
