/*
 * Times and durations as people and records write them.
 */
#ifndef COMMON_TIMEFMT_H
#define COMMON_TIMEFMT_H

#include <stdint.h>

#define TIMEFMT_SIZE 40

/* Milliseconds since 1970 by the wall clock. */
int64_t time_wall_ms(void);
/* Milliseconds since the boot: never stepped, and on in suspend. */
int64_t time_up_ms(void);
/* Milliseconds by a clock that never steps and stops in suspend. */
int64_t time_mono_ms(void);

/* Fills text, which has TIMEFMT_SIZE bytes, and returns it. */
char *timefmt_iso(int64_t ms, char *text); /* 2026-11-22T08:24:18.118Z */
char *timefmt_local(int64_t ms,
    char *text); /* 09:24, or 2026-11-22 09:24, here */
char *timefmt_day(int64_t ms, char *text);  /* 2026-11-22, UTC */
char *timefmt_span(int64_t ms, char *text); /* 8 ms, 0.2 s, 40 s, 5 min */
/* The reverse of timefmt_iso; 0 when text is none. */
int64_t time_parse_iso(const char *text);

#endif
