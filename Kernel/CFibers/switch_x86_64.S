// The context switch on x86_64. One file for each processor; cfibers.h says what it must keep.

#if defined(__x86_64__)

.macro keep register
  pushq %\register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
.endm

.macro recall register
  popq %\register
  .cfi_adjust_cfa_offset -8
  .cfi_restore \register
.endm

// rdi: where this context's stack pointer goes; rsi: the other's. Both stacks have the same
// layout here, so the unwind information stays true across the change.
  .section .text.fiber_switch, "ax", @progbits
  .balign 16
  .globl fiber_switch
  .type fiber_switch, @function
fiber_switch:
  .cfi_startproc
  keep rbp
  keep rbx
  keep r12
  keep r13
  keep r14
  keep r15
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  .globl fiber_switch_away
fiber_switch_away:
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  recall r15
  recall r14
  recall r13
  recall r12
  recall rbx
  recall rbp
  ret
  .cfi_endproc
  .size fiber_switch, . - fiber_switch

// Entered by the `ret` above with rbp = 0 and rsp a multiple of 16. Nobody called this, and the
// unwind information says so.
  .section .text.fiber_entry, "ax", @progbits
  .balign 16
  .globl fiber_entry
  .type fiber_entry, @function
fiber_entry:
  .cfi_startproc
  .cfi_undefined rip
  .cfi_undefined rbp
  call *%rbx
  ud2
  .cfi_endproc
  .size fiber_entry, . - fiber_entry

#endif
  .section .note.GNU-stack, "", @progbits
