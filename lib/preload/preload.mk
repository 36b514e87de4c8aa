# SPDX-License-Identifier: Apache-2.0
preload_sources =
