/* What debuggers are tried on, the same in an image and in a Linux process, so that what one stub
   says of it can be held against what another says. In C, for names and types that every debugger
   knows. The words in comments mark lines for the checks (Tests/Conformance). */
#include "subject.h"

volatile uint64_t subject_total, subject_rounds, subject_scratch;  /* scratch: debuggers write it */
const volatile uint8_t subject_marks[16] = "marks}#$*\x03\x7f\xff\x80\r\n";

__attribute__((noinline)) uint64_t subject_add(uint64_t number, uint64_t more) {
  uint64_t sum = number + more;
  return sum;
}

__attribute__((noinline)) void subject_store(uint64_t total) {
  subject_total = total;
}

__attribute__((noinline)) void subject_round(void) {
  uint64_t value = subject_add(subject_rounds, 40);                         /* line add */
  for (int turn = 0; turn < 6; turn++) value += subject_marks[turn & 15];   /* line loop */
  subject_store(value);                                                     /* line store */
  subject_rounds++;                                                         /* line count */
}

uint64_t subject_rounds_done(void) { return subject_rounds; }
uint64_t subject_scratch_value(void) { return subject_scratch; }

/* Two ways to hang, for debuggers to send a processor to: hearing interrupts, and not. */
__attribute__((used, retain)) void subject_hang(void) {
  __asm__ volatile("1: jmp 1b");
}
__attribute__((used, retain)) void subject_spin(void) {
  __asm__ volatile("cli\n 1: jmp 1b");
}
