/* The counter that the clock is made from, read in one instruction. Header only. */
#ifndef CCOUNTER_H
#define CCOUNTER_H
#include <stdint.h>

/* The processor's counter: it runs at a constant rate and never goes back. (Always inlined: by
   itself Swift's optimizer inlines no freestanding C function.) */
__attribute__((always_inline)) static inline uint64_t counter_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "how this processor's counter is read belongs here"
#endif
}

/* So many ticks, scaled: the product's bits 32 to 95. (Swift's own form of it takes two instructions
   more, and each event has two readings of the clock.) */
__attribute__((always_inline)) static inline uint64_t counter_scaled(uint64_t ticks, uint64_t scale) {
  return (uint64_t)((unsigned __int128)ticks * scale >> 32);
}

#endif
