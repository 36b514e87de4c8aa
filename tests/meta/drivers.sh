#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Drivers share a declaration of a record that each defines in its own way: what
# is kept in one is what its own unit says, whichever unit was read first.
. "$(dirname "$0")/lib.sh"

cat > "$work/device.h" <<'END'
#include <stdlib.h>
struct private;
struct device {
	const char *name;
	struct private *hidden;
	int (*begin)(struct device *device, size_t count);
};
struct rectangle { short x, y; unsigned short width, height; };
struct sample { double left, right, gain; };
int video_begin(struct device *device, size_t count);
int audio_begin(struct device *device, size_t count);
END
cat > "$work/main.c" <<'END'
#include "device.h"
struct device devices[2] = {
	{ "video", NULL, video_begin }, { "audio", NULL, audio_begin },
};
int main(int count, char **arguments)
{
	(void)arguments;
	return devices[0].begin(&devices[0], (size_t)count) +
	       devices[1].begin(&devices[1], (size_t)count);
}
END
cat > "$work/video.c" <<'END'
#include "device.h"
struct private { long mode; struct rectangle **modes; };
int video_begin(struct device *device, size_t count)
{
	device->hidden = calloc(1, sizeof *device->hidden);
	if (!device->hidden)
		return 0;
	device->hidden->modes = malloc(count * sizeof(struct rectangle *));
	return device->hidden->modes != NULL;
}
END
cat > "$work/audio.c" <<'END'
#include "device.h"
struct private { unsigned char *mixed; long rate; struct sample *samples; };
int audio_begin(struct device *device, size_t count)
{
	device->hidden = calloc(1, sizeof *device->hidden);
	if (!device->hidden)
		return 0;
	device->hidden->samples = malloc(count * sizeof(struct sample));
	device->hidden->mixed = malloc(count * 1152);
	return device->hidden->mixed != NULL;
}
END
# site FILE LINE: the type that the call there allocates, and its size.
site() {
	"$meta" sites --json --no-source "$work/drivers" |
		grep "/$1\",\"line\":$2," |
		sed 's/.*"type":"\([^"]*\)".*"size":\([^,]*\),.*/\1 \2/'
}
# expect WHAT FOUND WANTED
expect() {
	[ "$2" = "$3" ] || fail "$1: $2, not $3"
}
for order in "main video audio" "audio video main" "video main audio"; do
	for level in -O0 -O2; do
		(
			cd "$work"
			set -- $order
			"$CC" -g $level -o drivers "$1.c" "$2.c" "$3.c"
		) || fail "cannot compile"
		what="$level, $order"
		expect "$what: video" "$(site video.c 5)" "struct private 16"
		expect "$what: modes" "$(site video.c 8)" \
			"struct rectangle * null"
		expect "$what: audio" "$(site audio.c 5)" "struct private 24"
		expect "$what: samples" "$(site audio.c 8)" \
			"struct sample null"
		expect "$what: mixed" "$(site audio.c 9)" "unsigned char null"
	done
done
finish
