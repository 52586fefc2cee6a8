/* Named checks: each is said when it fails, and counted. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int checks, failures;

#define CHECK(name, condition) check(name, (condition) != 0, #condition, __FILE__, __LINE__)

static void check(const char *name, int holds, const char *condition, const char *file, int line) {
    checks++;
    if (holds) return;
    failures++;
    fprintf(stderr, "%s:%d: %s: not so: %s\n", file, line, name, condition);
}

static int checked(const char *program) {
    printf("%s: %d checks, %d failed\n", program, checks, failures);
    return failures != 0;
}

#endif
