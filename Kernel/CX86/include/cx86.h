// What only machine instructions can say, as functions that Swift can call: ports, descriptor
// tables, control and model-specific registers, and the layout of an interrupted context. No
// logic lives here.

#pragma once
#include <stdint.h>

/// Inlined wherever it is called: Swift compiles these as freestanding C, and by itself its
/// optimizer inlines no freestanding function into Swift code.
#define X86_INLINE static inline __attribute__((always_inline))

/// The context of interrupted code as `interrupt_common` (interrupts.S) saves it.
///
/// The first two words repeat rbp and rip, so that a walk along frame pointers passes from the
/// handler into the interrupted function. The vector state (FXSAVE) lies below this.
struct x86_frame {
  uint64_t link_rbp, link_rip;
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
  uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
  uint64_t vector, error;
  uint64_t rip, cs, rflags, rsp, ss;
};

struct x86_table_pointer {
  uint16_t limit;
  uint64_t base;
} __attribute__((packed));

struct x86_cpuid {
  uint32_t eax, ebx, ecx, edx;
};

X86_INLINE void x86_out8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
X86_INLINE void x86_out16(uint16_t port, uint16_t value) {
  __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
X86_INLINE void x86_out32(uint16_t port, uint32_t value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}
X86_INLINE uint32_t x86_in32(uint16_t port) {
  uint32_t value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
X86_INLINE uint8_t x86_in8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
X86_INLINE uint64_t x86_read_msr(uint32_t number) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return (uint64_t)high << 32 | low;
}
X86_INLINE void x86_write_msr(uint32_t number, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}
X86_INLINE uint64_t x86_timestamp(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}
X86_INLINE struct x86_cpuid x86_cpuid(uint32_t leaf, uint32_t subleaf) {
  struct x86_cpuid r;
  __asm__ volatile("cpuid"
                   : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                   : "a"(leaf), "c"(subleaf));
  return r;
}
/// Where the caller's frame begins: the link that a walk along frame pointers starts with.
X86_INLINE uint64_t x86_frame_pointer(void) { return (uint64_t)__builtin_frame_address(0); }
X86_INLINE uint64_t x86_read_cr0(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}
X86_INLINE uint64_t x86_read_cr2(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}
X86_INLINE uint64_t x86_read_cr3(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}
X86_INLINE uint64_t x86_read_cr4(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}
/// Reloads CR3 with itself, which drops all cached translations but global ones.
X86_INLINE void x86_flush_translations(void) {
  __asm__ volatile("mov %%cr3, %%rax\n mov %%rax, %%cr3" : : : "rax", "memory");
}
/// Drops the cached translation of the page around `address`.
X86_INLINE void x86_flush_translation(uint64_t address) {
  __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}
X86_INLINE void x86_load_idt(uint64_t base, uint16_t limit) {
  struct x86_table_pointer pointer = {limit, base};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}
X86_INLINE void x86_load_gdt(uint64_t base, uint16_t limit) {
  struct x86_table_pointer pointer = {limit, base};
  __asm__ volatile("lgdt %0" : : "m"(pointer));
}
X86_INLINE void x86_load_task(uint16_t selector) {
  __asm__ volatile("ltr %0" : : "r"(selector));
}
X86_INLINE void x86_write_cr0(uint64_t value) {
  __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}
/// DR0 to DR3: the addresses of breakpoints and watchpoints.
X86_INLINE void x86_write_debug_address(uint32_t number, uint64_t address) {
  switch (number) {
  case 0: __asm__ volatile("mov %0, %%dr0" : : "r"(address)); break;
  case 1: __asm__ volatile("mov %0, %%dr1" : : "r"(address)); break;
  case 2: __asm__ volatile("mov %0, %%dr2" : : "r"(address)); break;
  default: __asm__ volatile("mov %0, %%dr3" : : "r"(address)); break;
  }
}
/// DR7: which of them are on, and for what.
X86_INLINE void x86_write_debug_control(uint64_t value) {
  __asm__ volatile("mov %0, %%dr7" : : "r"(value));
}
/// DR6: what the last debug exception was about.
X86_INLINE uint64_t x86_read_debug_status(void) {
  uint64_t value;
  __asm__ volatile("mov %%dr6, %0" : "=r"(value));
  return value;
}
X86_INLINE void x86_write_debug_status(uint64_t value) {
  __asm__ volatile("mov %0, %%dr6" : : "r"(value));
}
X86_INLINE void x86_disable_interrupts(void) { __asm__ volatile("cli" : : : "memory"); }
X86_INLINE void x86_enable_interrupts(void) { __asm__ volatile("sti" : : : "memory"); }
/// Turns interrupts on and halts. `sti` holds interrupts off for one more instruction, so one
/// that is already pending ends the `hlt` instead of slipping in before it.
X86_INLINE void x86_enable_interrupts_and_halt(void) {
  __asm__ volatile("sti\n hlt" : : : "memory");
}
X86_INLINE void x86_halt(void) { __asm__ volatile("hlt" : : : "memory"); }
X86_INLINE void x86_pause(void) { __asm__ volatile("pause"); }
/// An instruction that is never valid: the way a deliberate panic enters the exception path, so
/// that its report has every register as it was.
X86_INLINE void x86_undefined(void) { __asm__ volatile("ud2"); }
/// One attempt at a hardware random number; 0 if there was none.
X86_INLINE int x86_random(uint64_t *value) {
  unsigned char ok;
  __asm__ volatile("rdrand %0\n setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
  return ok;
}
/// One attempt at a word from the processor's entropy source itself; 0 if there was none.
X86_INLINE int x86_random_seed(uint64_t *value) {
  unsigned char ok;
  __asm__ volatile("rdseed %0\n setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
  return ok;
}
/// Whether interrupts are on (RFLAGS.IF).
X86_INLINE int x86_interrupts_enabled(void) {
  uint64_t flags;
  __asm__ volatile("pushfq\n popq %0" : "=r"(flags) : : "memory");
  return flags >> 9 & 1;
}

X86_INLINE uint8_t x86_load8(uint64_t address) { return *(volatile uint8_t *)address; }
X86_INLINE uint16_t x86_load16(uint64_t address) { return *(volatile uint16_t *)address; }
X86_INLINE uint32_t x86_load32(uint64_t address) { return *(volatile uint32_t *)address; }
X86_INLINE uint64_t x86_load64(uint64_t address) { return *(volatile uint64_t *)address; }
X86_INLINE void x86_store8(uint64_t address, uint8_t value) {
  *(volatile uint8_t *)address = value;
}
X86_INLINE void x86_store16(uint64_t address, uint16_t value) {
  *(volatile uint16_t *)address = value;
}
X86_INLINE void x86_store32(uint64_t address, uint32_t value) {
  *(volatile uint32_t *)address = value;
}
X86_INLINE void x86_store64(uint64_t address, uint64_t value) {
  *(volatile uint64_t *)address = value;
}

// What only an image with the agent links (agent.S). Nothing to run in a Linux process.
#ifdef BAREMETAL
uint64_t x86_agent_copy(uint64_t to, uint64_t from, uint64_t bytes);
uint64_t x86_agent_load(uint64_t address);
void x86_call_on_stack(uint64_t top, void (*function)(void *), void *argument);
#else
X86_INLINE uint64_t x86_agent_copy(uint64_t to, uint64_t from, uint64_t bytes) {
  (void)to, (void)from, (void)bytes;
  return 0;
}
X86_INLINE uint64_t x86_agent_load(uint64_t address) {
  (void)address;
  return 0;
}
X86_INLINE void x86_call_on_stack(uint64_t top, void (*function)(void *), void *argument) {
  (void)top, (void)function, (void)argument;
}
#endif

// Addresses of what the linker script (kernel.ld) and the assembly define. There is no such
// thing in a Linux process, where this module is compiled but never runs: 0.
#ifdef BAREMETAL
#define X86_SYMBOL(function, symbol)                   \
  X86_INLINE uint64_t function(void) {              \
    extern uint8_t symbol[];                           \
    return (uint64_t)symbol;                           \
  }
#else
#define X86_SYMBOL(function, symbol) \
  X86_INLINE uint64_t function(void) { return 0; }
#endif
X86_SYMBOL(x86_image_start, __image_start)
X86_SYMBOL(x86_image_end, __image_end)
X86_SYMBOL(x86_console_buffers, __console_buffers)
X86_SYMBOL(x86_console_buffers_end, __console_buffers_end)
X86_SYMBOL(x86_porthole_root, porthole_root)
X86_SYMBOL(x86_text_start, __text_start)
X86_SYMBOL(x86_text_end, __text_end)
X86_SYMBOL(x86_data_start, __data_start)
X86_SYMBOL(x86_data_end, __data_end)
X86_SYMBOL(x86_runtime_start, __runtime_start)
X86_SYMBOL(x86_runtime_end, __runtime_end)
X86_SYMBOL(x86_entry, boot_entry)
X86_SYMBOL(x86_core_start, __core_start)
X86_SYMBOL(x86_core_end, __core_end)
X86_SYMBOL(x86_leaves_start, __leaves_start)
X86_SYMBOL(x86_leaves_end, __leaves_end)
X86_SYMBOL(x86_switching_start, __switching_start)
X86_SYMBOL(x86_switching_end, __switching_end)
X86_SYMBOL(x86_allocation_start, __allocation_start)
X86_SYMBOL(x86_allocation_end, __allocation_end)
X86_SYMBOL(x86_build_id_start, __build_id_start)
X86_SYMBOL(x86_build_id_end, __build_id_end)
X86_SYMBOL(x86_stack_bottom, __stack_bottom)
X86_SYMBOL(x86_stack_top, __stack_top)
X86_SYMBOL(x86_fault_stacks_bottom, __fault_stacks_bottom)
X86_SYMBOL(x86_fault_stacks_top, __fault_stacks_top)
X86_SYMBOL(x86_boot_page_tables, __boot_page_tables)
X86_SYMBOL(x86_boot_page_tables_end, __boot_page_tables_end)
X86_SYMBOL(x86_page_directory_pointers, boot_page_directory_pointers)
X86_SYMBOL(x86_agent_copy_start, agent_copy_start)
X86_SYMBOL(x86_agent_park_start, x86_agent_park)
X86_SYMBOL(x86_agent_copy_fault, agent_copy_fault)
X86_SYMBOL(x86_agent_load_start, agent_load_start)
X86_SYMBOL(x86_agent_load_fault, agent_load_fault)
X86_SYMBOL(x86_interrupt_entries, interrupt_entries)
X86_SYMBOL(x86_device_interrupt_entries, device_interrupt_entries)
X86_SYMBOL(x86_descriptors, boot_descriptors)
X86_SYMBOL(x86_task_state, boot_task_state)
X86_SYMBOL(x86_gates, boot_gates)
X86_SYMBOL(x86_boot_timestamp_address, boot_timestamp)

/// Where the log ring lies, which boot.S decides.
#ifdef BAREMETAL
static inline uint64_t x86_log_start(void) {
  extern uint64_t boot_log;
  return boot_log;
}
static inline uint64_t x86_log_end(void) {
  extern uint8_t __log_start[], __log_end[];
  return x86_log_start() + (uint64_t)(__log_end - __log_start);
}
#else
static inline uint64_t x86_log_start(void) { return 0; }
static inline uint64_t x86_log_end(void) { return 0; }
#endif

/// Bytes from one exception stack to the next: a guard page and the stack (kernel.ld).
static const uint64_t x86_fault_stack_stride = 12 * 1024;
