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

/* Keeps a pattern in the 128 bytes below the stack pointer (System V ABI, x86-64 supplement,
   section 3.2.2) for `rounds` rounds of a loop; how many of its 16 words are still there. The
   function's own code has nothing there: it is built without a red zone. */
static inline int cfaults_red_zone(uint64_t rounds) {
  uint64_t left = 0;
  __asm__ volatile(
      ".set place, -128\n .rept 16\n movq $0x5a5a5a, place(%%rsp)\n .set place, place + 8\n .endr\n"
      "1: decq %1\n jnz 1b\n"
      ".set place, -128\n .rept 16\n xorl %%eax, %%eax\n cmpq $0x5a5a5a, place(%%rsp)\n"
      "sete %%al\n addq %%rax, %0\n .set place, place + 8\n .endr\n"
      : "+r"(left), "+r"(rounds)
      :
      : "rax", "cc", "memory");
  return (int)left;
}

/* Keeps a pattern in the sixteen vector registers for `rounds` rounds of a loop; how many of them
   still have it. */
#define CFAULTS_VECTORS ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
static inline int cfaults_vectors(uint64_t rounds) {
  uint64_t left = 0;
  __asm__ volatile(
      CFAULTS_VECTORS "movl $0x5a0000 + \\number, %%eax\n movd %%eax, %%xmm\\number\n"
      "pshufd $0, %%xmm\\number, %%xmm\\number\n .endr\n"
      "1: decq %1\n jnz 1b\n"
      CFAULTS_VECTORS "movd %%xmm\\number, %%ecx\n psrldq $12, %%xmm\\number\n"
      "movd %%xmm\\number, %%edx\n shlq $32, %%rdx\n orq %%rdx, %%rcx\n"
      "movabsq $0x5a0000005a0000 + \\number * 0x100000001, %%rdx\n xorl %%eax, %%eax\n"
      "cmpq %%rdx, %%rcx\n sete %%al\n addq %%rax, %0\n .endr\n"
      : "+r"(left), "+r"(rounds)
      :
      : "rax", "rcx", "rdx", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
        "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  return (int)left;
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

static inline uint64_t cfaults_code(void) { return (uint64_t)&cfaults_overflow_below; }

/* Writes words beyond an array of four. */
__attribute__((noinline, unused)) static uint64_t cfaults_overrun_local(int count) {
  volatile uint64_t words[4] = {0, 1, 2, 3};
  for (int index = 0; index < count; index++) words[index] = (uint64_t)index;
  return words[0] + words[3];
}

/* The top of the numbered exception stack, 1 to 6 (kernel.ld). */
#ifdef BAREMETAL
static inline uint64_t cfaults_fault_stack(unsigned number) {
  extern uint8_t __fault_stacks_bottom[];
  return (uint64_t)__fault_stacks_bottom + number * 12 * 1024;
}
#else
static inline uint64_t cfaults_fault_stack(unsigned number) { (void)number; return 0; }
#endif

/* The addresses of a byte of constant data, and of return instructions on the stack and in a
   block of the heap. */
static const uint64_t cfaults_constant = 0xc3c3c3c3c3c3c3c3;
static inline uint64_t cfaults_constant_address(void) { return (uint64_t)&cfaults_constant; }
static inline void cfaults_execute_stack(void) {
  volatile uint64_t code = 0xc3c3c3c3c3c3c3c3;
  cfaults_execute((uint64_t)&code);
}
static inline void cfaults_execute_heap(void) {
  uint64_t *code = malloc(64);
  *(volatile uint64_t *)code = 0xc3c3c3c3c3c3c3c3;
  cfaults_execute((uint64_t)code);
}

/* Takes the page fault's gate away, then faults: the processor makes a double fault of it. */
static inline void cfaults_double(void) {
  struct { uint16_t limit; uint64_t base; } __attribute__((packed)) table;
  __asm__ volatile("sidt %0" : "=m"(table));
  ((volatile uint64_t *)table.base)[14 * 2] = 0;
  cfaults_write(8);
}
/* The heap begins behind the log ring (kernel.ld), within the first 2 MiB that small pages map. */
#ifdef BAREMETAL
extern uint8_t __log_end[], __boot_page_tables[], __boot_page_tables_end[];
extern uint64_t boot_page_directory[512], boot_page_directory_pointers[512];
static inline uint64_t cfaults_heap(void) { return ((uint64_t)__log_end + 4095) & ~4095ull; }
/* Takes all of the heap out of the page tables, and everything else beyond the image. */
static inline void cfaults_unmap_heap(void) {
  volatile uint64_t *pages = (volatile uint64_t *)__boot_page_tables;
  uint64_t count = (uint64_t)(__boot_page_tables_end - __boot_page_tables) / 8;
  for (uint64_t i = cfaults_heap() >> 12; i < count; i++) pages[i] = 0;
  for (uint64_t i = count >> 9; i < 512; i++) boot_page_directory[i] = 0;
  for (uint64_t i = 1; i < 512; i++) boot_page_directory_pointers[i] = 0;
  __asm__ volatile("mov %%cr3, %%rax\n mov %%rax, %%cr3" : : : "rax", "memory");
}
/* Fills the heap's entries with ones, reserved bits and all, or takes the page of the stack away
   that is in use. */
static inline void cfaults_ruin_entries(void) {
  volatile uint64_t *pages = (volatile uint64_t *)__boot_page_tables;
  uint64_t count = (uint64_t)(__boot_page_tables_end - __boot_page_tables) / 8;
  for (uint64_t i = cfaults_heap() >> 12; i < count; i++) pages[i] = ~0ull;
  __asm__ volatile("mov %%cr3, %%rax\n mov %%rax, %%cr3" : : : "rax", "memory");
}
static inline void cfaults_unmap_stack(void) {
  uint64_t here;
  __asm__ volatile("mov %%rsp, %0" : "=r"(here));
  ((volatile uint64_t *)__boot_page_tables)[here >> 12] = 0;
  __asm__ volatile("mov %%cr3, %%rax\n mov %%rax, %%cr3\n pushq %%rax" : : : "rax", "memory");
}
#else
static inline uint64_t cfaults_heap(void) { return 0; }
static inline void cfaults_unmap_heap(void) {}
static inline void cfaults_ruin_entries(void) {}
static inline void cfaults_unmap_stack(void) {}
#endif

/* Overwrites the heap's own records, then panics in words, or has the allocator find them. */
static inline void cfaults_ruin_heap(void) {
  volatile uint64_t *words = (volatile uint64_t *)cfaults_heap();
  for (uint64_t i = 0; i < (128 << 10) / 8; i++) words[i] = 0xa5a5a5a5a5a5a5a5;
}
static inline void cfaults_panic_without_heap(void) {
  cfaults_ruin_heap();
  x86_panic((uint64_t)"panic on a ruined heap");
}
static inline void cfaults_allocate_from_ruins(void) {
  cfaults_ruin_heap();
  for (unsigned long size = 16; size < 100000; size *= 2) *(volatile uint8_t *)malloc(size) = 1;
}
static inline void cfaults_panic_without_pages(void) {
  cfaults_unmap_heap();
  x86_panic((uint64_t)"panic with the heap unmapped");
}
static inline void cfaults_fault_without_pages(void) {
  cfaults_unmap_heap();
  cfaults_write(cfaults_heap());
}

static inline void cfaults_fault_on_ruined_entries(void) {
  cfaults_ruin_entries();
  cfaults_write(cfaults_heap());
}

/* Pushes where no stack is. */
static inline void cfaults_push_at(uint64_t stack) {
  __asm__ volatile("movq %0, %%rsp\n pushq %%rax" : : "r"(stack) : "memory");
}
static inline void cfaults_interrupts_off(void) {
  __asm__ volatile("cli");
  cfaults_write(0x123);
}

/* Raises vector 100 by software. Its gate leads to `body`: what that does, it does in interrupt
   context, on the interrupted stack. */
__attribute__((naked, unused)) static void cfaults_entry(void) {
  __asm__ volatile(
    "pushq %rbp\n movq %rsp, %rbp\n"          /* beside the interrupted rip: a link */
    "andq $-16, %rsp\n call *%rax\n ud2");
}
static inline void cfaults_interrupt(void (*body)(void)) {
  struct { uint16_t limit; uint64_t base; } __attribute__((packed)) table;
  __asm__ volatile("sidt %0" : "=m"(table));
  uint64_t handler = (uint64_t)&cfaults_entry;
  volatile uint64_t *gate = (volatile uint64_t *)(table.base + 100 * 16);
  gate[0] = (handler & 0xffff) | 8 << 16 | 0x8eull << 40 | (handler >> 16 & 0xffff) << 48;
  gate[1] = handler >> 32;
  __asm__ volatile("int $100" : : "a"(body) : "memory");
}

/* Interrupts off, for ever: only from outside can be seen that it hangs. */
static inline void cfaults_spin(void) {
#ifdef BAREMETAL
  __asm__ volatile("cli");
#endif
  for (;;) __asm__ volatile("pause");
}
static inline void cfaults_hang(void) { for (;;) __asm__ volatile("pause"); }
