// The four memory functions that compilers call behind everyone's back. The string instructions
// are small and fast on every machine of the last decade, and never turn into a call to
// themselves, as a loop in C may when the compiler recognises it.

#ifdef BAREMETAL

.macro function name
  .section .text.\name, "ax", @progbits
  .globl \name
  .type \name, @function
\name:
  .cfi_startproc
.endm

.macro end name
  .cfi_endproc
  .size \name, . - \name
.endm

function memcpy
  movq %rdi, %rax
  movq %rdx, %rcx
  shrq $3, %rcx
  rep movsq
  movl %edx, %ecx
  andl $7, %ecx
  rep movsb
  ret
end memcpy

function memmove
  movq %rdi, %rax
  movq %rdi, %rcx
  subq %rsi, %rcx
  cmpq %rdx, %rcx                         // unsigned: only an overlap from below needs care
  jb 1f
  jmp memcpy
1:
  leaq -1(%rdi,%rdx), %rdi
  leaq -1(%rsi,%rdx), %rsi
  movq %rdx, %rcx
  std
  rep movsb
  cld
  ret
end memmove

function memset
  movq %rdi, %r8
  movzbl %sil, %eax
  movabsq $0x0101010101010101, %rcx
  imulq %rcx, %rax
  movq %rdx, %rcx
  shrq $3, %rcx
  rep stosq
  movl %edx, %ecx
  andl $7, %ecx
  rep stosb
  movq %r8, %rax
  ret
end memset

function memcmp
  xorl %eax, %eax
  xorl %ecx, %ecx
1:
  cmpq %rdx, %rcx
  je 2f
  movzbl (%rdi,%rcx), %eax
  movzbl (%rsi,%rcx), %r8d
  incq %rcx
  subl %r8d, %eax
  je 1b
2:
  ret
end memcmp

#endif
  .section .note.GNU-stack, "", @progbits
