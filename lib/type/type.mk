# SPDX-License-Identifier: Apache-2.0
type_sources =
