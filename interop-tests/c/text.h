/*
 * Text of the runner protocol: growing lines, percent-encoding, hex, tagged values. Knows no commands.
 */
#ifndef RUNNER_TEXT_H
#define RUNNER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fishplate.h"

/* Bytes that grow; the memory is kept when size is set to 0. */
typedef struct Text {
    char *data;
    size_t size;
    size_t capacity;
} Text;

/* Says why on stderr and ends the program: the runner's input is wrong, or there is no memory. */
_Noreturn void give_up(const char *why, const char *what);

void reserve(Text *text, size_t more);
void add(Text *text, const void *bytes, size_t size);
void add_string(Text *text, const char *string);
void add_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void add_percent(Text *text, const void *bytes, size_t size);
void add_hex(Text *text, const void *bytes, size_t size);
void add_value(Text *text, const FishplateValue *value);

/* Decode in place what was encoded; give the size. */
size_t percent_decode(char *text, size_t size);
size_t hex_decode(char *text, size_t size);

/* Reads the tagged text of a map event and writes it with the library's writer of fields, into `out`. */
void encode_event(const char *tagged, Text *out);

#endif
