// Entry from exceptions and interrupts. Each vector has a stub of 16 bytes that pushes what the
// processor left out and its number; all meet in `interrupt_common`, which saves a complete
// context: general registers (struct x86_frame of cx86.h) and, because release code uses SSE,
// the vector state by FXSAVE. (AVX is never enabled, so FXSAVE is all there is.)
//
// The unwind information says at every instruction where the interrupted registers lie, so that
// a debugger walks from a handler into the code it interrupted; frame pointers are chained too.

#ifdef BAREMETAL

  .section .text.interrupts, "ax", @progbits

// `frame` bytes lie between the stack pointer and the interrupted code's SS (inclusive).
.macro interrupted frame
  .cfi_signal_frame
  .cfi_def_cfa rsp, \frame
  .cfi_offset rip, -40
  .cfi_offset rsp, -16
.endm

.macro entry vector, has_error
  .balign 16
  .cfi_startproc
  .if \has_error
  interrupted 48
  .else
  interrupted 40
  pushq $0
  .cfi_adjust_cfa_offset 8
  .endif
  pushq $\vector
  .cfi_adjust_cfa_offset 8
  jmp interrupt_common
  .cfi_endproc
.endm

  .balign 16
  .globl interrupt_entries
  .type interrupt_entries, @function
interrupt_entries:
.irp vector, 0, 1, 2, 3, 4, 5, 6, 7
  entry \vector, 0
.endr
// The vectors that push an error code: AMD APM volume 2, table 8-1.
.irp vector, 8
  entry \vector, 1
.endr
.irp vector, 9
  entry \vector, 0
.endr
.irp vector, 10, 11, 12, 13, 14
  entry \vector, 1
.endr
.irp vector, 15, 16
  entry \vector, 0
.endr
.irp vector, 17
  entry \vector, 1
.endr
.irp vector, 18, 19, 20
  entry \vector, 0
.endr
.irp vector, 21
  entry \vector, 1
.endr
.irp vector, 22, 23, 24, 25, 26, 27, 28
  entry \vector, 0
.endr
.irp vector, 29, 30
  entry \vector, 1
.endr
.irp vector, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47
  entry \vector, 0
.endr
  .size interrupt_entries, . - interrupt_entries

// Vectors 48 to 111, for devices that a driver has routed: in a section of their own, which only
// an image with such a driver refers to. The error code's place holds the vector a second time,
// which keeps a stub within 8 bytes.
  .section .text.device_interrupts, "ax", @progbits
  .balign 16
  .globl device_interrupt_entries
  .type device_interrupt_entries, @function
device_interrupt_entries:
.set vector, 48
.rept 64
  .balign 8
  .cfi_startproc
  interrupted 40
  pushq $vector
  .cfi_adjust_cfa_offset 8
  jmp device_interrupt
  .cfi_endproc
  .set vector, vector + 1
.endr
device_interrupt:
  .cfi_startproc
  interrupted 48
  pushq (%rsp)
  .cfi_adjust_cfa_offset 8
  jmp interrupt_common
  .cfi_endproc
  .size device_interrupt_entries, . - device_interrupt_entries
  .previous

.macro save register
  pushq %\register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
.endm

.macro restore register
  popq %\register
  .cfi_adjust_cfa_offset -8
  .cfi_restore \register
.endm

  .balign 16
  .globl interrupt_common
  .type interrupt_common, @function
interrupt_common:
  .cfi_startproc
  interrupted 56
  save rax
  save rbx
  save rcx
  save rdx
  save rsi
  save rdi
  save rbp
  save r8
  save r9
  save r10
  save r11
  save r12
  save r13
  save r14
  save r15
  pushq 136(%rsp)                         // rip, beside rbp: a link for frame-pointer walks
  .cfi_adjust_cfa_offset 8
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  movq %rsp, %rbp
  .cfi_def_cfa_register rbp
  movq %rsp, %rdi
  subq $512, %rsp
  andq $-16, %rsp
  fxsave (%rsp)
  cld
  call x86_interrupt
  fxrstor (%rsp)
  movq %rbp, %rsp
  .cfi_def_cfa_register rsp
  addq $16, %rsp
  .cfi_adjust_cfa_offset -16
  restore r15
  restore r14
  restore r13
  restore r12
  restore r11
  restore r10
  restore r9
  restore r8
  restore rbp
  restore rdi
  restore rsi
  restore rdx
  restore rcx
  restore rbx
  restore rax
  addq $16, %rsp
  .cfi_adjust_cfa_offset -16
  iretq
  .cfi_endproc
  .size interrupt_common, . - interrupt_common

#endif
  .section .note.GNU-stack, "", @progbits
