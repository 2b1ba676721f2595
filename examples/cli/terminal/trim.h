/* Takes the blanks off a text that a person wrote. */
#ifndef TRIM_H
#define TRIM_H

/* Ends the text before the white space at its end; returns where it begins after that at its start.
 */
char *trim(char *text);

#endif
