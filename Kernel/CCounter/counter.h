/* The counter that the clock is made from, read in one instruction. Header only. */
#ifndef CCOUNTER_H
#define CCOUNTER_H
#include <stdint.h>

/* The processor's counter: it runs at a constant rate and never goes back. (Always inlined: by
   itself Swift's optimizer inlines no freestanding C function.) */
__attribute__((always_inline)) static inline uint64_t counter_ticks(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "how this processor's counter is read belongs here"
#endif
}

#endif
