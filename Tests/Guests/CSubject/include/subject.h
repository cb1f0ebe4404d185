/* What debuggers are tried on: see subject.c. */
#pragma once
#include <stdint.h>

void subject_round(void);
uint64_t subject_rounds_done(void);
uint64_t subject_scratch_value(void);
