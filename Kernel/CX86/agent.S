// For the agent: a copy whose faults end it early (Kernel/Agent sends a fault at the first label on
// to the second), and a call on another stack.

#ifdef BAREMETAL

  .section .text.agent, "ax", @progbits

  .globl x86_agent_copy
  .type x86_agent_copy, @function
// rdi = to, rsi = from, rdx = bytes; returns how many were copied.
x86_agent_copy:
  .cfi_startproc
  movq %rdx, %rcx
  .globl agent_copy_start
agent_copy_start:
  rep movsb
  .globl agent_copy_fault
agent_copy_fault:
  movq %rdx, %rax
  subq %rcx, %rax
  ret
  .cfi_endproc
  .size x86_agent_copy, . - x86_agent_copy

  .globl x86_agent_load
  .type x86_agent_load, @function
// rdi = address; returns the word there, 0 where nothing can be read.
x86_agent_load:
  .cfi_startproc
  .globl agent_load_start
agent_load_start:
  movq (%rdi), %rax
  ret
  .globl agent_load_fault
agent_load_fault:
  xorl %eax, %eax
  ret
  .cfi_endproc
  .size x86_agent_load, . - x86_agent_load

  .section .text.agent_park, "ax", @progbits
  .globl x86_agent_park
  .type x86_agent_park, @function
// A thread goes on here instead of where it was interrupted: rdi = the frame laid down there, the
// stack pointer below it. It is set aside, and then goes on in that frame.
x86_agent_park:
  .cfi_startproc
  .cfi_undefined rip
  movq %rdi, %rbp
  call porthole_agent_parked
  cli
  movq %rbp, %rdi
  call porthole_agent_leaves
  leaq -512(%rbp), %rsp
  andq $-16, %rsp
  fxrstor (%rsp)
  movq %rbp, %rsp
  addq $16, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rbp
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rbx
  popq %rax
  addq $16, %rsp
  iretq
  .cfi_endproc
  .size x86_agent_park, . - x86_agent_park

  .section .text.call_on_stack, "ax", @progbits
  .globl x86_call_on_stack
  .type x86_call_on_stack, @function
// rdi = end of the stack, rsi = function, rdx = its argument; returns on the stack it came from.
x86_call_on_stack:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register rbp
  movq %rdi, %rsp
  movq %rdx, %rdi
  call *%rsi
  movq %rbp, %rsp
  popq %rbp
  .cfi_def_cfa rsp, 8
  ret
  .cfi_endproc
  .size x86_call_on_stack, . - x86_call_on_stack

// The root block of what the instance tells of itself (Protocols/Telemetry/SPEC.md): a page, which
// the linker script puts on a boundary.
  .section .porthole_root, "aw", @nobits
  .globl porthole_root
  .type porthole_root, @object
porthole_root:
  .skip 4096
  .size porthole_root, . - porthole_root

#endif
  .section .note.GNU-stack, "", @progbits
