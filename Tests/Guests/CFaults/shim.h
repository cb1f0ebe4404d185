/* Ways to break an x86 machine that Swift does not offer. */
#pragma once
#include <stdint.h>

/* The function that takes the message of a deliberate panic, as the kernel exports it. */
#ifdef BAREMETAL
void x86_panic(uint64_t message);
#else
static inline void x86_panic(uint64_t message) { (void)message; __builtin_trap(); }
#endif
/* Declared here: <stdlib.h> as part of two modules is one too many for the importer. */
void *malloc(unsigned long);
void free(void *);
void *calloc(unsigned long, unsigned long);

static inline void cfaults_divide(void) {
  uint32_t low = 1, high = 0, zero = 0;
  __asm__ volatile("divl %2" : "+a"(low), "+d"(high) : "r"(zero));
}
static inline uint64_t cfaults_read(uint64_t address) { return *(volatile uint64_t *)address; }
static inline void cfaults_write(uint64_t address) { *(volatile uint64_t *)address = 1; }
static inline void cfaults_execute(uint64_t address) { ((void (*)(void))address)(); }

static uint64_t cfaults_data = 0xc3c3c3c3c3c3c3c3;
static inline uint64_t cfaults_data_address(void) { return (uint64_t)&cfaults_data; }
extern void Faults_main(void);
static inline uint64_t cfaults_code_address(void) { return (uint64_t)&Faults_main; }

static inline void cfaults_free(uint64_t address) { free((void *)address); }
static inline void *cfaults_calloc(unsigned long count, unsigned long size) {
  return calloc(count, size);
}
static inline void cfaults_free_twice(void) {
  void *block = malloc(24);
  free(block);
  free(block);
}

/* Calls itself until the stack is full; the address of a local keeps it from becoming a loop. */
__attribute__((noinline, unused)) static uint64_t cfaults_descend(volatile uint64_t *above) {
  volatile uint64_t here = *above + 1;
  return here == 0 ? 0 : cfaults_descend(&here) + here;
}
__attribute__((noinline, unused)) static void cfaults_overflow(void) {
  volatile uint64_t top = 1;
  cfaults_descend(&top);
}

/* The same with the stack pointer at `top`: overflows whatever stack ends there. */
__attribute__((noinline, unused)) static void cfaults_overflow_below(uint64_t top) {
  __asm__ volatile("movq %0, %%rsp\n xorl %%ebp, %%ebp\n call *%1"
                   : : "r"(top & ~(uint64_t)15), "r"(cfaults_overflow));
  __builtin_unreachable();
}

/* Takes the page fault's gate away, then faults: the processor makes a double fault of it. */
static inline void cfaults_double(void) {
  struct { uint16_t limit; uint64_t base; } __attribute__((packed)) table;
  __asm__ volatile("sidt %0" : "=m"(table));
  ((volatile uint64_t *)table.base)[14 * 2] = 0;
  cfaults_write(8);
}
static inline void cfaults_hang(void) { for (;;) __asm__ volatile("pause"); }
