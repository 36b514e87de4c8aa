# SPDX-License-Identifier: Apache-2.0
query_reader_sources = \
	lib/query/view.h
query_sources = $(query_reader_sources)
