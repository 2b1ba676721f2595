/* Removes the blanks around a text that a person wrote. */
#ifndef TRIM_H
#define TRIM_H

/* Puts a NUL in place of the white space at the end, and returns the place after that at the
 * start. */
char *trim(char *text);

#endif
