/* Changing stacks: what fibers need of the processor. The same on bare metal and in a Linux
   process, for no privileged instruction is involved. */
#pragma once
#include <stdint.h>

/* Leaves the running context, whose stack pointer goes to `*from`, and goes on in the one that
   left its stack pointer as `to`. Returns when somebody switches back. What a function call must
   keep is kept on the stack (System V ABI, x86-64 supplement, section 3.2.1): rbx, rbp, r12 to
   r15, and the control words of SSE and x87. */
void fiber_switch(uintptr_t *from, uintptr_t to);

/* Where a context that was switched away from stands in `fiber_switch`: its stack pointer is the one
   that was left, and unwinding from here on leads to whoever called. Of the registers it has those
   that a function call must keep, on its stack in this order: the control words, r15 to r12, rbx,
   rbp, the return address. */
extern const char fiber_switch_away[];
static inline uintptr_t fiber_switched_away(void) { return (uintptr_t)fiber_switch_away; }

/* Where a new fiber begins: calls the function it was prepared with. The outermost frame of every
   walk along its stack. */
void fiber_entry(void);

/* Whether a task of the concurrency runtime runs now; 0 in an image without that runtime. */
int fiber_is_in_task(void);

/* Makes `task` the one that the concurrency runtime takes to be running, and returns the one before;
   0 is none. For who sets a task aside in the middle. */
void *fiber_exchange_task(void *task);

#if defined(__x86_64__)
/* Lays out, below `top` (a multiple of 16), what `fiber_switch` will pick up to enter `body`, and
   returns the stack pointer to switch to. The control words are those of the caller. */
static inline uintptr_t fiber_prepare(uintptr_t top, void (*body)(void)) {
  uintptr_t *words = (uintptr_t *)top - 8;
  uint32_t sse;
  uint16_t x87;
  __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(sse), "=m"(x87));
  words[0] = sse | (uintptr_t)x87 << 32;
  words[1] = words[2] = words[3] = words[4] = 0;  /* r15, r14, r13, r12 */
  words[5] = (uintptr_t)body;                     /* rbx */
  words[6] = 0;                                   /* rbp: a walk along frame pointers ends here */
  words[7] = (uintptr_t)fiber_entry;
  return (uintptr_t)words;
}
#else
#error "switch_ARCHITECTURE.S and fiber_prepare for this processor belong here"
#endif
