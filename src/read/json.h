/*
 * json - strings for the lines of lockread --json. RFC 8259
 */
#ifndef WHOLEFILE_READ_JSON_H
#define WHOLEFILE_READ_JSON_H

#include <stdbool.h>
#include <stdio.h>

/* Whether TEXT is well-formed UTF-8. RFC 3629 */
bool json_is_utf8(const char *text);

/* Prints TEXT as a string, with quotes. What is not UTF-8 becomes U+FFFD. */
void json_print_string(FILE *output, const char *text);

/* Prints the bytes of TEXT as a string in base64. RFC 4648 */
void json_print_base64(FILE *output, const char *text);

#endif
