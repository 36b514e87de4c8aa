# SPDX-License-Identifier: Apache-2.0
# awk -v count=N -f generate_c.awk: N functions of C, with structs, loops and
# switches, for the compiler to chew on.
BEGIN {
	print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
	for (i = 0; i < count; i++) {
		printf "struct s%d { int a[%d]; struct s%d *next; char name[%d]; };\n",
			i, i % 7 + 1, i, i % 13 + 4
		printf "int f%d(struct s%d *s, int n)\n{\n\tint total = %d;\n",
			i, i, i
		print "\tfor (; s; s = s->next) {"
		printf "\t\tfor (int i = 0; i < %d; i++)\n", i % 7 + 1
		print "\t\t\ttotal += s->a[i] * n + (int)strlen(s->name);"
		print "\t\tswitch (total % 5) {"
		printf "\t\tcase 0: total ^= %d; break;\n", i * 3
		printf "\t\tcase 1: total += n / (%d + (n & 7)); break;\n", i + 1
		print "\t\tcase 2: printf(\"%d\\n\", total); break;"
		print "\t\tdefault: total -= s->name[0]; }"
		print "\t}\n\treturn total;\n}"
	}
}
